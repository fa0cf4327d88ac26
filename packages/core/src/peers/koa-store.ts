/** Our backend as the external store of koa-session. */
import type { Provider } from '../provider.ts'
import { type StoreOptions, ttlOf } from './lifetime.ts'
import { type Kind, PeerSessions, type Seen } from './peer-sessions.ts'

const KOA: Kind = { name: 'koa', bookkeeping: ['_expire', '_maxAge', '_session'] }

/** What koa-session calls. */
export interface KoaStore {
  /** Nothing for what was never stored, has expired or was ended; rejects with `ERR_BACKEND_UNAVAILABLE` when that cannot be told. */
  // biome-ignore lint/suspicious/noExplicitAny: as koa-session has it
  get(key: string, maxAge?: number | 'session', about?: About): Promise<any>
  /** Rejects with `ERR_SESSION_DESTROYED` when the session has ended meanwhile and there was something to store. */
  set(key: string, session: object, maxAge?: number | 'session', about?: About): Promise<void>
  /** Ends it for good: for 180 s nothing can be stored under its key. */
  destroy(key: string, about?: About): Promise<void>
}

interface About {
  // biome-ignore lint/suspicious/noExplicitAny: a Koa context, which is only told from others
  ctx?: any
  rolling?: boolean
  changed?: boolean
}

/**
 * `session({ store: koaStore(provider) }, app)`. Requests wait through a failover. Of requests that save at the same time each keeps the keys
 * that it changed. Close the provider yourself. Throws `ERR_CONFIG_OPTION` and `ERR_CONFIG_DURATION`.
 */
export function koaStore(provider: Provider, options: StoreOptions = {}): KoaStore {
  const sessions = new PeerSessions(provider, KOA)
  const ttlMs = ttlOf(options)
  /** By context: koa-session hands over another object than it was given. */
  const seenBy = new WeakMap<object, Seen>()
  return {
    async get(key, _maxAge, { ctx } = {}) {
      const found = await sessions.read(key)
      if (found === null) return undefined
      if (ctx !== undefined) seenBy.set(ctx, found.seen)
      return { ...found.values }
    },
    async set(key, session, maxAge, { ctx } = {}) {
      const expiresAt = Date.now() + (typeof maxAge === 'number' ? maxAge : ttlMs)
      const seen = await sessions.write(key, session, expiresAt, ctx && seenBy.get(ctx))
      if (ctx !== undefined && seen !== undefined) seenBy.set(ctx, seen)
    },
    destroy: key => sessions.end(key),
  }
}
