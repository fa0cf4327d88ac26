/** What the contract asks of an adapter, and of the runner: the deployment is started once for all cases. */
import type { Address, Provider } from '@sentinel-session/core'
import type { AdapterSubject } from '../adapter-contract/subject.ts'
import type { Runner } from '../backend-contract/subject.ts'
import type { Meter } from '../sentinel/meter.ts'

/** Of vitest, jest or mocha; node:test calls the last two `before` and `after`. */
export interface CostRunner extends Runner {
  beforeAll(body: () => Promise<void>): unknown
  afterAll(body: () => Promise<void>): unknown
}

export interface CostSubject extends AdapterSubject {
  /** `redisSentinelProvider`. The contract closes what it makes. */
  provider(options: { savePath: string; natMap?: Record<string, Address> }): Provider
}

/**
 * Who makes a request. `visitor`: whose session this app has stored; `stranger`: another process has, and this one has not seen it yet;
 * `forger`: with a cookie that cannot be a sid.
 */
export type Caller = 'nobody' | 'forger' | 'visitor' | 'stranger'

/** One app with its way to Redis, which is counted. */
export interface Stage {
  meter: Meter
  /** Rejects unless the answer is 200. */
  visit(path: string, cookie: string | undefined): Promise<void>
  /** The cookie that the caller brings, of a session of its own with the values. */
  cookieOf(caller: Caller): Promise<string | undefined>
  /** As a `stranger`, and its deadline is to be moved by the next request. */
  cookieOfLongAgo(): Promise<string>
  /** So many requests to `/change-together` wait for each other before they answer. */
  hold(requests: number): void
  /** Ends what it has started. */
  strike(): Promise<void>
}
