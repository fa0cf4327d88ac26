import Koa from 'koa'
import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import {
  type Reads,
  redisSentinelSession,
  type SessionContext,
  type SessionOf,
  type SessionStore,
  session,
} from './index.ts'

interface MySession {
  userId: string
  views: number
}

describe('types', () => {
  it('flow from the type parameter to ctx.session, and reads are partial', () => {
    const app = new Koa<Koa.DefaultState, SessionContext<MySession>>()
    app.use(redisSentinelSession<MySession>({ savePath: '10.0.0.1:26379,100,secret,0,mymaster' }))
    app.use(ctx => {
      expectTypeOf(ctx.session).toEqualTypeOf<SessionStore<MySession>>()
      expectTypeOf(ctx.session.get('userId')).toEqualTypeOf<string | undefined>()
      ctx.session.update('views', n => (n ?? 0) + 1)
      // @ts-expect-error a number is no user id
      ctx.session.set('userId', 1)
      // @ts-expect-error no such key
      ctx.session.get('nothing')
      // @ts-expect-error ended by destroy(), which can fail
      ctx.session = null
    })
  })

  it('flow from a schema, and a key with a default is always there', () => {
    const schema = z.object({
      userId: z.string().optional(),
      views: z.number().default(0),
      since: z.coerce.date().optional(),
    })
    const app = new Koa<Koa.DefaultState, SessionContext<typeof schema>>()
    const sessions = redisSentinelSession({ url: 'redis+sentinel://h', schema })
    app.use(sessions)
    app.use(session({ schema }))
    app.use(ctx => {
      expectTypeOf(ctx.session).toEqualTypeOf<SessionOf<typeof schema>>()
      expectTypeOf(ctx.session.get('views')).toEqualTypeOf<number>()
      expectTypeOf(ctx.session.get('userId')).toEqualTypeOf<string | undefined>()
      expectTypeOf(sessions.of(ctx).get('views')).toEqualTypeOf<number>()
      ctx.session.data.views++
      ctx.session.update('views', n => n + 1)
      ctx.session.set('since', new Date())
      // @ts-expect-error what is written is what the schema gives, not all that it accepts
      ctx.session.set('since', '2026-01-01')
      // @ts-expect-error no such key
      ctx.session.set('nothing', 1)
    })
  })

  it('of a schema are those of its output, and without defaults as partial as ever', () => {
    const plain = z.object({ userId: z.string().optional() })
    expectTypeOf<SessionOf<typeof plain>['data']['userId']>().toEqualTypeOf<string | undefined>()
    expectTypeOf<Reads<MySession>['views']>().toEqualTypeOf<number | undefined>()
    expectTypeOf<SessionOf<MySession>>().toEqualTypeOf<SessionStore<MySession>>()
    // @ts-expect-error a schema of something that is no object
    session({ schema: z.string() })
    session<MySession>({ migrate: { version: 1, up: data => data } })
  })

  it('let through exactly one way to connect', () => {
    redisSentinelSession({ sentinels: ['h'], masterName: 'm' })
    redisSentinelSession({ url: 'redis+sentinel://h' })
    // @ts-expect-error none
    redisSentinelSession({})
    // @ts-expect-error two
    redisSentinelSession({ url: 'redis+sentinel://h', savePath: 'h' })
    // @ts-expect-error the name stands in the URL
    redisSentinelSession({ url: 'redis+sentinel://h', masterName: 'm' })
  })

  it('know no maxAge: its unit differs from framework to framework', () => {
    // @ts-expect-error use lifetime
    session({ cookie: { maxAge: 1000 } })
    session({ cookie: { lifetime: '7d' }, timeouts: { idle: 1800, absolute: 'none' } })
  })

  it('are untyped without a parameter', () => {
    const app = new Koa<Koa.DefaultState, SessionContext>()
    app.use(session())
    app.use(ctx => {
      ctx.session.set('anything', new Map())
      // biome-ignore lint/suspicious/noExplicitAny: what an untyped session reads
      expectTypeOf(ctx.session.get('anything')).toEqualTypeOf<any>()
    })
  })
})
