import { once } from 'node:events'
import { redisSentinelSession } from '@sentinel-session/koa'
import { getIronSession } from 'iron-session'
import Koa from 'koa'
import genericSession from 'koa-generic-session'
import { createSession } from 'koa-session'
import { createClient, deployment, LIFE_S } from '../store.mjs'
import { floor, limit, ours, plain } from '../work.mjs'

const LIFE_MS = LIFE_S * 1000

const KINDS = {
  floor: () => floor,
  empty(app) {
    app.use(async (_ctx, next) => {
      await next()
    })
    return floor
  },
  limit: () =>
    limit({
      cookieOf: ctx => ctx.headers.cookie,
      parameterOf: (ctx, name) => ctx.query[name],
      setCookie: (ctx, cookie) => ctx.set('Set-Cookie', cookie),
    }),
  ours(app, more = {}) {
    app.use(redisSentinelSession({ ...deployment, ...more }))
    return ours
  },
  near: app => KINDS.ours(app, { nearCache: true }),
  'koa-session'(app) {
    const redis = createClient()
    const store = {
      get: async key => JSON.parse(await redis.get(key)),
      set: (key, value, maxAge) => redis.set(key, JSON.stringify(value), 'PX', maxAge ?? LIFE_MS),
      destroy: key => redis.del(key),
    }
    app.use(createSession({ store, maxAge: LIFE_MS }, app))
    return plain(ctx => ctx.session.regenerate())
  },
  'koa-generic-session'(app) {
    const redis = createClient()
    const store = {
      get: async sid => JSON.parse(await redis.get(sid)),
      set: (sid, value, ttlMs) => redis.set(sid, JSON.stringify(value), 'PX', ttlMs),
      destroy: sid => redis.del(sid),
    }
    app.use(genericSession({ store, ttl: LIFE_MS }))
    return plain(ctx => ctx.regenerateSession())
  },
  'iron-session'(app) {
    const options = {
      cookieName: 'sid',
      password: 'a secret of the benchmark, long enough',
      ttl: LIFE_S,
      cookieOptions: { secure: false },
    }
    app.use(async (ctx, next) => {
      ctx.session = await getIronSession(ctx.req, ctx.res, options)
      await next()
    })
    const saved = work => async ctx => {
      const answer = await work(ctx)
      await ctx.session.save()
      return answer
    }
    // All of it is in the cookie: there is no sid to take another for.
    const { read, fields, write, login, field } = plain(() => undefined)
    return { read, fields, write: saved(write), login: saved(login), field: saved(field) }
  },
}

export async function start(kind) {
  const app = new Koa()
  app.keys = ['a secret of the benchmark']
  const work = KINDS[kind](app)
  app.use(async ctx => {
    ctx.body = { answer: ctx.path === '/anonymous' ? null : await work[ctx.path.slice(1)](ctx) }
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server.address().port
}
