/** A manager over memory with a clock to move, and a visitor whose browser keeps the cookie. */
import { fakeClock } from '@sentinel-session/testing'
import {
  type Backend,
  createProvider,
  createSessionManager,
  type Manager,
  memoryBackend,
  type RequestFacts,
  type SessionEvent,
  type SessionOptions,
} from '../../src/index.ts'

// biome-ignore lint/suspicious/noExplicitAny: the tests hold anything
export type Values = Record<string, any>

export interface Rig {
  manager: Manager<Values>
  backend: Backend
  clock: ReturnType<typeof fakeClock>
  events: SessionEvent[]
  /** Runs one request with the cookie of the last one that set any. */
  request(
    handler: (session: Awaited<ReturnType<Manager<Values>['open']>>['session']) => unknown,
    response?: { status?: number; cacheControl?: string },
  ): Promise<Record<string, string[]>>
  cookie: string | undefined
}

/** With `beside`: another process, over the same backend, for the same visitor. */
export function rig(options: SessionOptions<Values> = {}, beside?: Rig): Rig {
  const clock = beside?.clock ?? fakeClock(1_000_000)
  const backend = beside?.backend ?? memoryBackend({ clock })
  const events: SessionEvent[] = []
  const manager = createSessionManager<Values>({
    onEvent: event => void events.push(event),
    ...options,
    provider: createProvider(backend),
    clock,
  })
  const self: Rig = {
    manager,
    backend,
    clock,
    events,
    cookie: beside?.cookie,
    async request(handler, { status = 200, cacheControl } = {}) {
      const { session, commit } = await manager.open(facts(self.cookie))
      await handler(session)
      const patch = await commit(cacheControl === undefined ? { status } : { status, cacheControl })
      const headers: Record<string, string[]> = {}
      for (const [name, value] of [...patch.append, ...patch.set]) headers[name] = [...(headers[name] ?? []), value]
      const [set] = headers['Set-Cookie'] ?? []
      if (set !== undefined) self.cookie = /Max-Age=0/.test(set) ? undefined : set.split(';')[0]
      return headers
    },
  }
  return self
}

export function facts(cookie?: string, more: Partial<RequestFacts> = {}): RequestFacts {
  return {
    secure: true,
    host: 'example.com',
    url: '/',
    header: name => (name === 'cookie' ? cookie : undefined),
    ...more,
  }
}

export const get = (rig: Rig, key: string): Promise<unknown> => {
  let value: unknown
  return rig
    .request(session => {
      value = session.get(key)
    })
    .then(() => value)
}
