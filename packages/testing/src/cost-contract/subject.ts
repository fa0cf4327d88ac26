/** What the contract asks of an adapter, and of the runner: the deployment is started once for all cases. */
import type { Address, Provider } from '@sentinel-session/core'
import type { AdapterSubject, Visit } from '../adapter-contract/subject.ts'
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

/** One app with its way to Redis, which is counted. */
export interface Stage {
  visit: Visit
  meter: Meter
  /** A visitor of this app whose session has the values; its cookie. */
  visitor(): Promise<string>
  /** One whose session another process has stored, with a deadline that the next request moves if `isOld`. */
  stranger(options: { isOld: boolean }): Promise<string>
  /** So many requests to `/change-together` wait for each other before they answer. */
  hold(requests: number): void
}
