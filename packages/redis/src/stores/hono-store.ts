/** Our backend as a store of hono-sessions. */
import type { Provider } from '@sentinel-session/core'
import {
  type Data,
  deadlineOf,
  emptyData,
  type Kind,
  PeerSessions,
  type Seen,
  type StoreOptions,
  ttlOf,
} from '@sentinel-session/core/internal'

const HONO: Kind = { name: 'hono', bookkeeping: ['_expire', '_accessed', '_delete'] }

/** What hono-sessions calls. */
export interface HonoStore {
  /** Null for what was never stored, has expired or was ended. Rejects with `ERR_BACKEND_UNAVAILABLE` when that cannot be told. */
  getSessionById(sid?: string): Promise<HonoSession | null>
  /** Rejects with `ERR_SESSION_DESTROYED` for a sid that was ended. */
  createSession(sid: string, session: HonoSession): Promise<void>
  /** Rejects with `ERR_SESSION_DESTROYED` when the session has ended meanwhile and there was something to store. */
  persistSessionData(sid: string, session: HonoSession): Promise<void>
  /** Ends it for good: for 180 s nothing can be stored under its sid. */
  deleteSession(sid: string): Promise<void>
}

/** As hono-sessions keeps it: its `_id` is the sid, and the values lie one level deeper. */
export interface HonoSession {
  _id?: string
  // biome-ignore lint/suspicious/noExplicitAny: as hono-sessions has it
  _data: Record<string, any>
  _expire: string | null
  _delete: boolean
  _accessed: string | null
}

/**
 * `sessionMiddleware({ store: honoStore(provider), … })`. Requests wait through a failover. Of requests that save at the same time each keeps
 * the keys that it changed. Close the provider yourself. Throws `ERR_CONFIG_OPTION` and `ERR_CONFIG_DURATION`.
 */
export function honoStore(provider: Provider, options: StoreOptions = {}): HonoStore {
  const sessions = new PeerSessions(provider, HONO)
  const ttlMs = ttlOf(options)
  const seenBy = new WeakMap<object, Seen>()

  const store = async (sid: string, session: HonoSession): Promise<void> => {
    const seen = await sessions.write(sid, flat(session), deadlineOf(session._expire, ttlMs), seenBy.get(session))
    if (seen !== undefined) seenBy.set(session, seen)
  }

  return {
    async getSessionById(sid = '') {
      const found = await sessions.read(sid)
      if (found === null) return null
      const session = deep(found.values)
      seenBy.set(session, found.seen)
      return session
    },
    createSession: store,
    persistSessionData: store,
    deleteSession: sid => sessions.end(sid),
  }
}

/** One level for all, so that requests that change two values do not meet. The sid stays out of the store. */
function flat({ _id, _data, ...about }: HonoSession): Data {
  const values = Object.assign(emptyData(), about)
  for (const [key, value] of Object.entries(_data)) values[`=${key}`] = value
  return values
}

function deep(values: Data): HonoSession {
  const session = { _data: {}, _expire: null, _delete: false, _accessed: null } as HonoSession
  for (const [key, value] of Object.entries(values)) {
    if (key.startsWith('='))
      Object.defineProperty(session._data, key.slice(1), {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      })
    else (session as unknown as Data)[key] = value
  }
  return session
}
