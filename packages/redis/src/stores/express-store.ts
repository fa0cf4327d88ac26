/** Our backend as a store of express-session, which asks more of one than to keep values: it also makes the session objects. */
import { EventEmitter } from 'node:events'
import type { Provider } from '@sentinel-session/core'
import { PeerSessions, type Seen, type StoreOptions, ttlOf } from '@sentinel-session/core/internal'
import { answer, type Callback } from './callback.ts'
import { asRead, COOKIE_SESSION, type CookieSession, endOf } from './cookie-session.ts'

/**
 * `session({ store: expressStore(provider), … })`. Requests wait through a failover instead of going on without a session, so there is never
 * a `disconnect` event. Of requests that save at the same time each keeps the keys that it changed; a save after `destroy` fails with
 * `ERR_SESSION_DESTROYED`. Close the provider yourself. Throws `ERR_CONFIG_OPTION` and `ERR_CONFIG_DURATION`.
 */
export function expressStore(provider: Provider, options: StoreOptions = {}): ExpressStore {
  return new ExpressStore(provider, options)
}

// biome-ignore lint/suspicious/noExplicitAny: the request and the session are of express-session, whose types we do not have
type Foreign = any

interface Constructors {
  Session: new (request: object, values: object) => Foreign
  cookie: object
}

export class ExpressStore extends EventEmitter {
  readonly #sessions: PeerSessions
  readonly #ttlMs: number
  readonly #seen = new WeakMap<object, Seen>()
  #constructors: Constructors | undefined
  /** express-session puts its own function here: a request gets a new session. */
  declare generate: (request: Foreign) => void

  constructor(provider: Provider, options: StoreOptions) {
    super()
    this.#sessions = new PeerSessions(provider, COOKIE_SESSION)
    this.#ttlMs = ttlOf(options)
  }

  /** Nothing for what was never stored, has expired or was ended; `ERR_BACKEND_UNAVAILABLE` when that cannot be told. */
  get(sid: string, callback: Callback<Foreign>): void {
    answer(this.#get(sid), callback)
  }

  set(sid: string, session: CookieSession, callback?: Callback): void {
    this.#answer(this.#set(sid, session), callback)
  }

  touch(sid: string, session: CookieSession, callback?: Callback): void {
    this.#answer(this.#sessions.touch(sid, endOf(session, this.#ttlMs)), callback)
  }

  /** Ends it for good: for 180 s nothing can be stored under its sid. */
  destroy(sid: string, callback?: Callback): void {
    this.#answer(this.#sessions.end(sid), callback)
  }

  /** As a list and without sids, which are nowhere but in the cookies. */
  all(callback: Callback<Foreign[]>): void {
    answer(this.#all(), callback)
  }

  length(callback: Callback<number>): void {
    answer(this.#sessions.count(), callback)
  }

  clear(callback?: Callback): void {
    this.#answer(this.#sessions.clear(), callback)
  }

  /** Ends the session of the request and gives it a new one, as `req.session.regenerate` wants it. */
  regenerate(request: Foreign, callback: Callback): void {
    this.destroy(request.sessionID, error => {
      this.generate(request)
      callback(error)
    })
  }

  /** A session outside a request: of a WebSocket, say. */
  load(sid: string, callback: Callback<Foreign>): void {
    this.get(sid, (error, values) => {
      if (error || !values) return callback(error ?? undefined)
      callback(null, this.createSession({ sessionID: sid, sessionStore: this }, values))
    })
  }

  /** Makes `req.session` of what was stored. */
  createSession(request: Foreign, values: CookieSession): Foreign {
    const { Session, cookie: prototype } = this.#learn(request)
    const { expires, originalMaxAge, ...others } = { ...values.cookie }
    const cookie = Object.assign(Object.create(prototype), { path: '/', httpOnly: true, ...others })
    cookie.expires = typeof expires === 'string' ? new Date(expires) : (expires ?? null)
    cookie.originalMaxAge = originalMaxAge ?? null
    request.session = new Session(request, { ...values, cookie })
    const seen = this.#seen.get(values)
    if (seen !== undefined) this.#seen.set(request.session, seen)
    return request.session
  }

  /** The classes of the express-session that uses this store, from a session that it makes for a stand-in of the request. */
  #learn(request: Foreign): Constructors {
    if (this.#constructors === undefined) {
      const standIn = Object.create(request)
      standIn.headers ??= {}
      this.generate(standIn)
      const { session } = standIn
      this.#constructors = { Session: session.constructor, cookie: Object.getPrototypeOf(session.cookie) }
    }
    return this.#constructors
  }

  async #get(sid: string): Promise<Foreign> {
    const found = await this.#sessions.read(sid)
    if (found === null) return null
    const session = asRead(found.values, found.seen)
    this.#seen.set(session, found.seen)
    return session
  }

  async #set(sid: string, session: CookieSession): Promise<void> {
    const seen = await this.#sessions.write(sid, session, endOf(session, this.#ttlMs), this.#seen.get(session))
    if (seen !== undefined) this.#seen.set(session, seen)
  }

  async #all(): Promise<Foreign[]> {
    const sessions: Foreign[] = []
    for await (const { values, seen } of this.#sessions.all()) sessions.push(asRead(values, seen))
    return sessions
  }

  /** Without a callback nobody waits: then a failure goes to the listeners of `error`, if there are any. */
  #answer(work: Promise<void>, callback: Callback | undefined): void {
    const tell = (error: unknown): void => {
      if (error && this.listenerCount('error') > 0) this.emit('error', error)
    }
    answer(work, callback ?? tell)
  }
}
