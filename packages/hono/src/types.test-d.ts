import { Hono } from 'hono'
import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { redisSentinelSession, type SessionStore, type SessionVariables, session } from './index.ts'

interface MySession {
  userId: string
  views: number
}

describe('types', () => {
  it('flow from Variables to c.var.session and c.get', () => {
    const app = new Hono<{ Variables: SessionVariables<MySession> }>()
    app.use(redisSentinelSession<MySession>({ savePath: '10.0.0.1:26379,100,secret,0,mymaster', trustProxy: true }))
    app.get('/', c => {
      expectTypeOf(c.var.session).toEqualTypeOf<SessionStore<MySession>>()
      expectTypeOf(c.get('session').get('userId')).toEqualTypeOf<string | undefined>()
      // @ts-expect-error a number is no user id
      c.var.session.set('userId', 1)
      return c.body(null)
    })
  })

  it('flow from the middleware to the handlers of a chain, without Variables', () => {
    new Hono().use(session<MySession>()).get('/', c => {
      expectTypeOf(c.var.session.get('views')).toEqualTypeOf<number | undefined>()
      return c.body(null)
    })
  })

  it('flow from a schema, and a key with a default is always there', () => {
    const schema = z.object({ userId: z.string().optional(), views: z.number().default(0) })
    const sessions = session({ schema })
    const app = new Hono<{ Variables: SessionVariables<typeof schema> }>()
    app.use(sessions)
    app.get('/', c => {
      expectTypeOf(c.var.session.get('views')).toEqualTypeOf<number>()
      expectTypeOf(sessions.of(c).get('views')).toEqualTypeOf<number>()
      return c.body(null)
    })
  })

  it('know no maxAge, and one way to connect', () => {
    // @ts-expect-error use lifetime
    session({ cookie: { maxAge: 1000 } })
    // @ts-expect-error none
    redisSentinelSession({})
  })
})
