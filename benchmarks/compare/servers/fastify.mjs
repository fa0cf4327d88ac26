import { randomBytes } from 'node:crypto'
import cookie from '@fastify/cookie'
import session from '@fastify/session'
import { redisSentinelSession } from '@sentinel-session/fastify'
import Fastify from 'fastify'
import { createClient, deployment, LIFE_S, minimum } from '../store.mjs'
import { SESSIONS } from '../workloads.mjs'

const KINDS = {
  floor: () => ({ read: () => SESSIONS.small.user, write: () => 1, login: () => SESSIONS.small.user }),
  limit() {
    const { sidOf, load, save } = minimum()
    const change = async ({ headers }, apply) => {
      const sid = sidOf(headers.cookie)
      const data = await load(sid)
      const answer = apply(data)
      await save(sid, data)
      return answer
    }
    return {
      read: async ({ headers }) => (await load(sidOf(headers.cookie))).user,
      write: request => change(request, data => ++data.n),
      async login({ query }, reply) {
        const sid = randomBytes(16).toString('hex')
        await save(sid, SESSIONS[query.session])
        reply.header('Set-Cookie', `sid=${sid}; Path=/; HttpOnly`)
        return SESSIONS[query.session].user
      },
      field: request => change(request, data => (data[request.query.name] = 1)),
      fields: async ({ headers }) => {
        const { a, b } = await load(sidOf(headers.cookie))
        return [a, b]
      },
    }
  },
  async ours(app) {
    await app.register(redisSentinelSession, deployment)
    return {
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
  },
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
    return {
      read: ({ session }) => session.user,
      write({ session }) {
        session.n += 1
        return session.n
      },
      async login(request) {
        await request.session.regenerate()
        Object.assign(request.session, SESSIONS[request.query.session])
        return request.session.user
      },
      field({ session, query }) {
        session[query.name] = 1
        return 1
      },
      fields: ({ session }) => [session.a, session.b],
    }
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
