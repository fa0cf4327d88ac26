/** How sessions that another library stored become ours: what a manager asks, and `@sentinel-session/redis/legacy` answers. */
import type { Call } from './backend.ts'
import type { Clock } from './clock.ts'
import type { HeadPatch } from './head-patch.ts'
import type { RequestFacts } from './options.ts'
import type { Provider } from './provider.ts'

/** Undefined for a request that brings no old cookie. Asks nobody. */
export type Adoption = (request: RequestFacts, into: AdoptionPlace) => OldSession | undefined

/** What a request brings of before. */
export interface OldSession {
  /**
   * Called when the request leads to no session of ours. The sid of a session that is stored with the old values, while nothing of the old
   * one is left to be taken over twice. Null: there is none. Rejects with `ERR_BACKEND_UNAVAILABLE` when it cannot be told.
   */
  take(): Promise<string | null>
  /** Ends the old session for good, before that of the request is destroyed. */
  end(): Promise<void>
  /** Headers for the response: they take the old cookies from the visitor. None before `take` or `end` was done. */
  readonly headers: HeadPatch['append']
}

/** Where sessions are stored, and for how long without a request. */
export interface AdoptionPlace {
  provider: Provider
  clock: Clock
  idleMs: number
  call: Call
}
