import { once } from 'node:events'
import { serve } from '@hono/node-server'
import { useSession, useSessionStorage } from '@hono/session'
import { redisSentinelSession } from '@sentinel-session/hono'
import { Hono } from 'hono'
import { sessionMiddleware } from 'hono-sessions'
import { createClient, deployment, LIFE_S } from '../store.mjs'
import { floor, limit, ours } from '../work.mjs'
import { SESSIONS } from '../workloads.mjs'

/** As the others are handed it. */
class Handed {
  #c

  constructor(c) {
    this.#c = c
  }

  get session() {
    return this.#c.var.session
  }

  get query() {
    return this.#c.req.query()
  }
}

const KINDS = {
  floor: () => floor,
  empty(app) {
    app.use(async (_c, next) => {
      await next()
    })
    return floor
  },
  limit: () =>
    limit({
      cookieOf: c => c.req.header('cookie'),
      parameterOf: (c, name) => c.req.query(name),
      setCookie: (c, cookie) => c.header('Set-Cookie', cookie),
    }),
  ours(app, more = {}) {
    app.use(redisSentinelSession({ ...deployment, ...more }))
    return Object.fromEntries(Object.entries(ours).map(([name, run]) => [name, c => run(new Handed(c))]))
  },
  near: app => KINDS.ours(app, { nearCache: true }),
  'hono-sessions'(app) {
    const redis = createClient()
    const write = (sid, data) => redis.set(sid, JSON.stringify(data), 'EX', LIFE_S)
    const store = {
      getSessionById: async sid => JSON.parse(await redis.get(sid)),
      createSession: write,
      persistSessionData: write,
      deleteSession: sid => redis.del(sid),
    }
    app.use(sessionMiddleware({ store, expireAfterSeconds: LIFE_S, cookieOptions: { path: '/', httpOnly: true } }))
    return {
      read: c => c.var.session.get('user'),
      write(c) {
        c.var.session.set('n', c.var.session.get('n') + 1)
        return c.var.session.get('n')
      },
      login(c) {
        c.set('session_key_rotation', true)
        for (const [key, value] of Object.entries(SESSIONS[c.req.query('session')])) c.var.session.set(key, value)
        return c.var.session.get('user')
      },
      field(c) {
        c.var.session.set(c.req.query('name'), 1)
        return 1
      },
      fields: c => [c.var.session.get('a'), c.var.session.get('b')],
    }
  },
  '@hono/session'(app) {
    const redis = createClient()
    app.use(
      useSessionStorage({
        get: async sid => JSON.parse(await redis.get(sid)),
        set: (sid, data) => redis.set(sid, JSON.stringify(data), 'EX', LIFE_S),
        delete: sid => redis.del(sid),
      }),
      useSession({ secret: 'a secret of the benchmark, long enough', duration: { absolute: LIFE_S } }),
    )
    return {
      read: async c => (await c.var.session.get()).user,
      async write(c) {
        await c.var.session.update(({ n, ...rest }) => ({ ...rest, n: n + 1 }))
        return c.var.session.data.n
      },
      async login(c) {
        await c.var.session.update(SESSIONS[c.req.query('session')])
        return SESSIONS[c.req.query('session')].user
      },
      async field(c) {
        await c.var.session.update(data => ({ ...data, [c.req.query('name')]: 1 }))
        return 1
      },
      async fields(c) {
        const { a, b } = await c.var.session.get()
        return [a, b]
      },
    }
  },
}

export async function start(kind) {
  const app = new Hono()
  const work = KINDS[kind](app)
  app.get('/anonymous', c => c.json({ answer: null }))
  for (const [name, run] of Object.entries(work)) app.all(`/${name}`, async c => c.json({ answer: await run(c) }))
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
  await once(server, 'listening')
  return server.address().port
}
