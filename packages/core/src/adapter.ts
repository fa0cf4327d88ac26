/** What every adapter package takes and gives, so that they read side by side. */
import type { Manager } from './manager.ts'
import type { SessionOptions } from './options.ts'
import type { Provider } from './provider.ts'
import type { DefaultData, Reads, SessionStore } from './session-store.ts'

export interface AdapterOptions {
  /** Where handlers find it. `'session'`; a second session in one app needs another name. */
  as?: string
}

/** Session options and where sessions live; without a provider, in this process' memory. */
export type AdapterSession<T extends object = DefaultData, In = unknown> = AdapterOptions &
  SessionOptions<T, In> & { provider?: Provider; manager?: never }

/** A ready manager instead, which its maker closes. */
export type WithManager<T extends object = DefaultData, R extends Partial<T> = Reads<T>> = AdapterOptions & {
  manager: Manager<T, R>
}

/** Of adapters whose framework has no setting for it. */
export interface ProxyOptions {
  /** `X-Forwarded-Proto` tells whether the visitor came over TLS. False: anyone could send it. */
  trustProxy?: boolean
}

export interface SessionHandle<Carrier, T extends object = DefaultData, R extends Partial<T> = Reads<T>> {
  /** The session of a request, typed without global types. Throws `ERR_SESSION_ABSENT` where the middleware did not run. */
  of(carrier: Carrier): SessionStore<T, R>
  readonly manager: Manager<T, R>
  /** Optional: fails the deploy instead of the first request, with the `ERR_BACKEND_*` that says why. */
  ready(): Promise<void>
  /** Lets running commits end, then closes what the middleware opened. */
  close(): Promise<void>
}
