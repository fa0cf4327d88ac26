import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { redisSentinelSession } from '@sentinel-session/express'
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import { createClient, deployment, LIFE_S, minimum } from '../store.mjs'
import { SESSIONS } from '../workloads.mjs'

const KINDS = {
  floor: () => ({ read: () => SESSIONS.small.user, write: () => 1, login: () => SESSIONS.small.user }),
  limit() {
    const { sidOf, load, save } = minimum()
    const change = async (req, apply) => {
      const sid = sidOf(req.headers.cookie)
      const data = await load(sid)
      const answer = apply(data)
      await save(sid, data)
      return answer
    }
    return {
      read: async req => (await load(sidOf(req.headers.cookie))).user,
      write: req => change(req, data => ++data.n),
      async login(req, res) {
        const sid = randomBytes(16).toString('hex')
        await save(sid, SESSIONS[req.query.session])
        res.set('Set-Cookie', `sid=${sid}; Path=/; HttpOnly`)
        return SESSIONS[req.query.session].user
      },
      field: req => change(req, data => (data[req.query.name] = 1)),
      fields: async req => {
        const { a, b } = await load(sidOf(req.headers.cookie))
        return [a, b]
      },
    }
  },
  ours(app) {
    app.use(redisSentinelSession(deployment))
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
  'express-session'(app) {
    app.use(
      session({
        store: new RedisStore({ client: createClient(), ttl: LIFE_S }),
        secret: 'a secret of the benchmark',
        resave: false,
        saveUninitialized: false,
      }),
    )
    return {
      read: ({ session }) => session.user,
      write({ session }) {
        session.n += 1
        return session.n
      },
      async login(req) {
        await new Promise((resolve, reject) => req.session.regenerate(error => (error ? reject(error) : resolve())))
        Object.assign(req.session, SESSIONS[req.query.session])
        return req.session.user
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
  const app = express()
  const work = KINDS[kind](app)
  app.get('/anonymous', (_req, res) => res.json({ answer: null }))
  for (const [name, run] of Object.entries(work)) {
    app.all(`/${name}`, async (req, res) => res.json({ answer: await run(req, res) }))
  }
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server.address().port
}
