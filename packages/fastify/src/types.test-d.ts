import Fastify from 'fastify'
import { describe, expectTypeOf, it } from 'vitest'
import { type Manager, redisSentinelSession, type SessionStore, session } from './index.ts'

describe('types', () => {
  it('are on the request and the app', async () => {
    const app = Fastify()
    await app.register(redisSentinelSession, { sentinels: ['10.0.0.1'], timeouts: { idle: '2h' } })
    app.get('/', async request => {
      expectTypeOf(request.session).toEqualTypeOf<SessionStore>()
      // @ts-expect-error ended by destroy(), which can fail
      request.session = null
    })
    expectTypeOf(app.sessionManager).toEqualTypeOf<Manager>()
  })

  it('let through exactly one way to connect, and no maxAge', () => {
    const app = Fastify()
    // @ts-expect-error two
    void app.register(redisSentinelSession, { url: 'redis+sentinel://h', savePath: 'h' })
    // @ts-expect-error use lifetime
    void app.register(session, { cookie: { maxAge: 1000 } })
  })
})
