/** The types of a session as a handler sees it. */
import type { Schema } from './schema.ts'
import type { BindOptions } from './users/binding.ts'

/** Merge your keys into it with `declare module`; while it is empty, sessions are untyped. */
// biome-ignore lint/suspicious/noEmptyInterface: users merge into it
export interface SessionData {}

// biome-ignore lint/suspicious/noExplicitAny: an untyped session takes anything
export type DefaultData = keyof SessionData extends never ? Record<string, any> : SessionData

export type Key<T> = keyof T & string

/** `{} extends Pick<X, K>`: a key may be left out. */
type Nothing = Record<never, never>

/** The keys that a schema fills in: optional where it reads, present in what it gives. */
type Defaulted<T, In> = {
  [K in keyof T & keyof In]-?: Nothing extends Pick<In, K> ? (Nothing extends Pick<T, K> ? never : K) : never
}[keyof T & keyof In]

/** Reads are partial, since a session begins empty; a key with a default in the schema is always there. */
export type Reads<T, In = unknown> = Partial<T> & Pick<T, Defaulted<T, In>>

/** The type of `ctx.session`: `SessionOf<MySession>`, or `SessionOf<typeof schema>`. */
export type SessionOf<X> =
  X extends Schema<infer In, infer T extends object>
    ? SessionStore<T, Reads<T, In>>
    : X extends object
      ? SessionStore<X>
      : never

export interface RegenerateOptions<T> {
  /** What survives. `'all'` by default; naming keys is recommended at a login. Flash values never survive. */
  keep?: 'all' | 'none' | readonly Key<T>[]
}

/** One visitor's session (Beego's word). Changes are kept in memory and leave with the commit, before the response head. */
export interface SessionStore<T extends object = DefaultData, R extends Partial<T> = Reads<T>> {
  /** The value; when absent `undefined`, or the schema's default. Changing it in place is noticed at the commit. */
  get<K extends Key<T>>(key: K): R[K]
  /** Throws `ERR_SESSION_VALUE` for what the codec cannot keep, and for keys that begin with `~`, which are reserved. */
  set<K extends Key<T>>(key: K, value: T[K]): void
  delete(key: Key<T>): void
  /** Drops all values. The sid and the deadlines stay. */
  flush(): void
  /** The secret in the cookie. Never log it: `id` is for that. It changes when a regenerate is committed. */
  sessionId(): string
  /** Beego's name of `save()`, made to be deferred: after `destroy()` it does nothing. */
  sessionRelease(): Promise<void>
  /** A tracked view: `session.data.cart.push(x)` and `session.data.views++` work. */
  readonly data: R
  /** True for a default too: what `get` gives is there. */
  has(key: Key<T>): boolean
  /** Of the values and the defaults; without flash values. */
  keys(): readonly Key<T>[]
  /**
   * Changes a value by a synchronous function without side effects. It is applied now, and run again on the stored value
   * when another request changed it meanwhile: counters and carts lose nothing. To show the stored value, `await save()` first.
   */
  update<K extends Key<T>>(key: K, change: (now: R[K]) => T[K]): void
  /** Takes a value that `flash(key, value)` left: read once, then gone. `undefined` when there is none. */
  flash<K extends Key<T>>(key: K): R[K]
  flash<K extends Key<T>>(key: K, value: T[K]): void
  /**
   * Makes it a session of this user, with the commit: listed by `sessionsOf`, ended by `destroyAllOf`. The commit fails with
   * `ERR_SESSION_LIMIT` (`users.maxSessions`), or `ERR_SESSION_CONFLICT` (`since` is over). Throws `ERR_SESSION_OWNER` for a session of
   * another user that is not regenerated, `ERR_SESSION_VALUE`, and `ERR_CONFIG_CAPABILITY` where the backend knows no users.
   */
  bind(userId: string, about?: BindOptions): void
  /** Stable and safe to log and show: a hash of its own, neither the sid nor the record key. */
  readonly id: string
  /** Nothing is stored yet. */
  readonly isNew: boolean
  /** `retired`: its sid was replaced. `degraded`: the store could not be asked. Both are empty; writes throw `ERR_SESSION_READ_ONLY`. */
  readonly status: 'live' | 'retired' | 'degraded' | 'destroyed'
  /** Epoch ms; `null` until stored. */
  readonly expiresAt: number | null
  /** With `load: 'lazy'`: reads the session. Before it, access throws `ERR_SESSION_NOT_LOADED`. Otherwise it does nothing. */
  load(): Promise<this>
  /**
   * Asks the store whether the session still lives, in front of what must not happen after a logout: a payment, or a message on a
   * WebSocket. `ERR_SESSION_DESTROYED` when it was ended, has expired, or its sid was replaced elsewhere; `ERR_BACKEND_UNAVAILABLE` when
   * that cannot be told. Where nothing is stored there is nothing to ask.
   */
  verify(): Promise<void>
  /**
   * Commits now: before a slow step, while streaming, or to show what an `update()` stored. Rejects with
   * `ERR_SESSION_DESTROYED`, `ERR_SESSION_CONFLICT`, `ERR_SESSION_TOO_LARGE` or `ERR_BACKEND_UNAVAILABLE`.
   */
  save(): Promise<void>
  /** With the commit, the session gets a new sid and the old one is retired. Do it at every change of privilege (OWASP). */
  regenerate(options?: RegenerateOptions<T>): void
  /** Resolves when the session is gone for good; rejects when that is not sure. Later use throws `ERR_SESSION_DESTROYED`. */
  destroy(): Promise<void>
}
