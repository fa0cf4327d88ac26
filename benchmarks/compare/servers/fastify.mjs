import cookie from '@fastify/cookie'
import session from '@fastify/session'
import { redisSentinelSession } from '@sentinel-session/fastify'
import Fastify from 'fastify'
import { createClient, deployment, LIFE_S } from '../store.mjs'
import { floor, limit, ours, plain } from '../work.mjs'

const KINDS = {
  floor: () => floor,
  empty(app) {
    app.addHook('onRequest', async () => {})
    app.addHook('onSend', async () => {})
    return floor
  },
  limit: () =>
    limit({
      cookieOf: request => request.headers.cookie,
      parameterOf: (request, name) => request.query[name],
      setCookie: (_request, reply, cookie) => reply.header('Set-Cookie', cookie),
    }),
  async ours(app, more = {}) {
    await app.register(redisSentinelSession, { ...deployment, ...more })
    return ours
  },
  near: app => KINDS.ours(app, { nearCache: true }),
  async '@fastify/session'(app) {
    const redis = createClient()
    const answerTo = (promise, done) => promise.then(value => done(null, value), done)
    const store = {
      get: (sid, done) => answerTo(redis.get(sid).then(JSON.parse), done),
      set: (sid, data, done) => answerTo(redis.set(sid, JSON.stringify(data), 'EX', LIFE_S), done),
      destroy: (sid, done) => answerTo(redis.del(sid), done),
    }
    await app.register(cookie)
    await app.register(session, {
      store,
      secret: 'a secret of the benchmark, long enough',
      saveUninitialized: false,
      cookie: { secure: false, maxAge: LIFE_S * 1000 },
    })
    return plain(request => request.session.regenerate())
  },
}

export async function start(kind) {
  const app = Fastify()
  const work = await KINDS[kind](app)
  app.get('/anonymous', async () => ({ answer: null }))
  for (const [name, run] of Object.entries(work)) {
    app.all(`/${name}`, async (request, reply) => ({ answer: await run(request, reply) }))
  }
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app.server.address().port
}
