import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { redisSentinelSession } from '@sentinel-session/koa'
import Koa from 'koa'
import genericSession from 'koa-generic-session'
import { createSession } from 'koa-session'
import { createClient, deployment, LIFE_S, minimum } from '../store.mjs'
import { SESSIONS } from '../workloads.mjs'

const SECRET = 'a secret of the benchmark'

/** The work of a peer: its session is a plain object. */
const plain = {
  read: ({ session }) => session.user,
  write({ session }) {
    session.n += 1
    return session.n
  },
  async login(ctx) {
    await regenerate(ctx)
    Object.assign(ctx.session, SESSIONS[ctx.query.session])
    return ctx.session.user
  },
  field({ session, query }) {
    session[query.name] = 1
    return 1
  },
  fields: ({ session }) => [session.a, session.b],
}
let regenerate = ctx => ctx.session.regenerate()

const ours = {
  read: ({ session }) => session.get('user'),
  write({ session }) {
    session.update('n', n => n + 1)
    return session.get('n')
  },
  login({ session, query }) {
    session.regenerate()
    for (const [key, value] of Object.entries(SESSIONS[query.session])) session.set(key, value)
    return session.get('user')
  },
  field({ session, query }) {
    session.set(query.name, 1)
    return 1
  },
  fields: ({ session }) => [session.get('a'), session.get('b')],
}

const KINDS = {
  floor: () => ({ read: () => SESSIONS.small.user, write: () => 1, login: () => SESSIONS.small.user }),
  limit() {
    const { sidOf, load, save } = minimum()
    const change = async (ctx, apply) => {
      const sid = sidOf(ctx.headers.cookie)
      const data = await load(sid)
      const answer = apply(data)
      await save(sid, data)
      return answer
    }
    return {
      read: async ctx => (await load(sidOf(ctx.headers.cookie))).user,
      write: ctx => change(ctx, data => ++data.n),
      async login(ctx) {
        const sid = randomBytes(16).toString('hex')
        await save(sid, SESSIONS[ctx.query.session])
        ctx.set('Set-Cookie', `sid=${sid}; Path=/; HttpOnly`)
        return SESSIONS[ctx.query.session].user
      },
      field: ctx => change(ctx, data => (data[ctx.query.name] = 1)),
      fields: async ctx => {
        const { a, b } = await load(sidOf(ctx.headers.cookie))
        return [a, b]
      },
    }
  },
  ours(app) {
    app.use(redisSentinelSession(deployment))
    return ours
  },
  'koa-session'(app) {
    const redis = createClient()
    const store = {
      get: async key => JSON.parse(await redis.get(key)),
      set: (key, value, maxAge) => redis.set(key, JSON.stringify(value), 'PX', maxAge ?? LIFE_S * 1000),
      destroy: key => redis.del(key),
    }
    app.use(createSession({ store, maxAge: LIFE_S * 1000 }, app))
    return plain
  },
  'koa-generic-session'(app) {
    const redis = createClient()
    const store = {
      get: async sid => JSON.parse(await redis.get(sid)),
      set: (sid, value, ttlMs) => redis.set(sid, JSON.stringify(value), 'PX', ttlMs),
      destroy: sid => redis.del(sid),
    }
    app.use(genericSession({ store, ttl: LIFE_S * 1000 }))
    regenerate = ctx => ctx.regenerateSession()
    return plain
  },
}

export async function start(kind) {
  const app = new Koa()
  app.keys = [SECRET]
  const work = KINDS[kind](app)
  app.use(async ctx => {
    ctx.body = { answer: ctx.path === '/anonymous' ? null : await work[ctx.path.slice(1)](ctx) }
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server.address().port
}
