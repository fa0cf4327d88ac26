/** Our backend as a store of @fastify/session. */
import type { Provider } from '@sentinel-session/core'
import { PeerSessions, type Seen, type StoreOptions, ttlOf } from '@sentinel-session/core/internal'
import { answer, type Callback } from './callback.ts'
import { asRead, COOKIE_SESSION, type CookieSession, endOf } from './cookie-session.ts'

/** What @fastify/session calls. */
export interface FastifyStore {
  /** Nothing for what was never stored, has expired or was ended; `ERR_BACKEND_UNAVAILABLE` when that cannot be told. */
  // biome-ignore lint/suspicious/noExplicitAny: as @fastify/session has it
  get(sid: string, callback: Callback<any>): void
  /** `ERR_SESSION_DESTROYED` when the session has ended meanwhile and there was something to store. */
  set(sid: string, session: CookieSession, callback: Callback): void
  /** Ends it for good: for 180 s nothing can be stored under its sid. */
  destroy(sid: string, callback: Callback): void
}

/** @fastify/session makes another object of what it is given, and keeps nothing of the first but the members of its cookie, symbols too. */
const SEEN = Symbol('sentinel-session.seen')

/**
 * `app.register(fastifySession, { store: fastifyStore(provider), … })`. Requests wait through a failover. Of requests that save at the same
 * time each keeps the keys that it changed. Close the provider yourself. Throws `ERR_CONFIG_OPTION` and `ERR_CONFIG_DURATION`.
 */
export function fastifyStore(provider: Provider, options: StoreOptions = {}): FastifyStore {
  const sessions = new PeerSessions(provider, COOKIE_SESSION)
  const ttlMs = ttlOf(options)
  const written = new WeakMap<object, Seen>()

  const get = async (sid: string): Promise<unknown> => {
    const found = await sessions.read(sid)
    if (found === null) return null
    const session = asRead(found.values, found.seen)
    session.cookie[SEEN] = found.seen
    return session
  }

  const set = async (sid: string, session: CookieSession): Promise<void> => {
    const seen = await sessions.write(sid, session, endOf(session, ttlMs), written.get(session) ?? seenIn(session))
    if (seen !== undefined) written.set(session, seen)
  }

  return {
    get: (sid, callback) => answer(get(sid), callback),
    set: (sid, session, callback) => answer(set(sid, session), callback),
    destroy: (sid, callback) => answer(sessions.end(sid), callback),
  }
}

/** Undefined for a session that was not read, and if @fastify/session should keep its cookie in another way one day: the last write wins then. */
function seenIn(session: object): Seen | undefined {
  for (const symbol of Object.getOwnPropertySymbols(session)) {
    const member = (session as Record<symbol, unknown>)[symbol]
    if (typeof member === 'object' && member !== null && SEEN in member) return member[SEEN] as Seen
  }
  return undefined
}
