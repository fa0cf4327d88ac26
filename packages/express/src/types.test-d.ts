import { createServer } from 'node:http'
import express from 'express'
import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { type DefaultData, exchange, redisSentinelSession, type SessionStore, session } from './index.ts'

interface MySession {
  userId: string
  views: number
}

describe('types', () => {
  it('of req.session are merged into those of Express, and it is read-only', () => {
    const app = express()
    app.use(session())
    app.use((req, _res, next) => {
      expectTypeOf(req.session).toEqualTypeOf<SessionStore<DefaultData>>()
      // @ts-expect-error ended by destroy(), which can fail
      req.session = null
      next()
    })
  })

  it('flow from the type parameter to of(), without global types', () => {
    const sessions = redisSentinelSession<MySession>({ savePath: '10.0.0.1:26379,100,secret,0,mymaster' })
    express().use(sessions, (req, _res, next) => {
      expectTypeOf(sessions.of(req)).toEqualTypeOf<SessionStore<MySession>>()
      expectTypeOf(sessions.of(req).get('userId')).toEqualTypeOf<string | undefined>()
      // @ts-expect-error a number is no user id
      sessions.of(req).set('userId', 1)
      next()
    })
  })

  it('flow from a schema, and a key with a default is always there', () => {
    const schema = z.object({ userId: z.string().optional(), views: z.number().default(0) })
    const sessions = session({ schema })
    createServer((req, res) => {
      sessions(req, res, error => {
        if (error === undefined) expectTypeOf(sessions.of(req).get('views')).toEqualTypeOf<number>()
      })
      void sessions.manager.sessionDestroy(exchange(req, res))
    })
  })

  it('let through exactly one way to connect, and no maxAge', () => {
    redisSentinelSession({ sentinels: ['h'], masterName: 'm' })
    // @ts-expect-error none
    redisSentinelSession({})
    // @ts-expect-error two
    redisSentinelSession({ url: 'redis+sentinel://h', savePath: 'h' })
    // @ts-expect-error its unit differs from framework to framework
    session({ cookie: { maxAge: 1000 } })
    const manager = session().manager
    // @ts-expect-error a ready manager has its options
    session({ manager, timeouts: { idle: 60 } })
  })
})
