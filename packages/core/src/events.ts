/** What the library tells about its work: one callback, a typed union. Ids are handles, never sids. */
import type { SessionError } from './errors.ts'

export type SessionEvent = RequestEvent | BackendEvent

/** `id` is `SessionStore.id`, or `''` where there is no session. */
export type RequestEvent = { id: string } & (
  | { type: 'created' | 'touched' | 'bound' | 'destroyed' | 'expired' | 'changed-late' }
  | { type: 'committed'; attempts: number; bytes: number }
  | { type: 'regenerated' | 'renewed'; from: string }
  | { type: 'failed'; error: SessionError }
  | { type: 'conflict'; key: string; resolved: Resolution }
  | { type: 'rejected'; reason: 'malformed' | 'unknown' | 'duplicate' | 'signature' | 'retired' | 'record' | 'schema' }
)

/** How a key that both sides changed was settled. */
export type Resolution = 'mine' | 'theirs' | 'rerun' | 'custom' | 'rejected'

export type BackendEvent =
  | { type: 'degraded'; reason: 'unavailable' | 'replicas' | 'sentinels' | 'near-cache' }
  | { type: 'recovered'; afterMs: number }
  | { type: 'failover'; from: string | null; to: string; pauseMs: number }
  | { type: 'restored' | 'lost'; records: number }

export type Observer<E> = (event: E) => void

/** Calls an observer so that one that throws never breaks a request: what it throws is reported as an uncaught exception would be. */
export function notify<E>(observer: Observer<E> | undefined, event: E): void {
  if (observer === undefined) return
  try {
    observer(event)
  } catch (error) {
    queueMicrotask(() => console.error('sentinel-session: onEvent threw', error))
  }
}
