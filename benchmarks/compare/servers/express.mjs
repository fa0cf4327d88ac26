import { once } from 'node:events'
import { redisSentinelSession } from '@sentinel-session/express'
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import { createClient, deployment, LIFE_S } from '../store.mjs'
import { floor, limit, ours, plain } from '../work.mjs'

const KINDS = {
  floor: () => floor,
  empty(app) {
    app.use((_req, _res, next) => next())
    return floor
  },
  limit: () =>
    limit({
      cookieOf: req => req.headers.cookie,
      parameterOf: (req, name) => req.query[name],
      setCookie: (_req, res, cookie) => res.set('Set-Cookie', cookie),
    }),
  ours(app, more = {}) {
    app.use(redisSentinelSession({ ...deployment, ...more }))
    return ours
  },
  near: app => KINDS.ours(app, { nearCache: true }),
  'express-session'(app) {
    app.use(
      session({
        store: new RedisStore({ client: createClient(), ttl: LIFE_S }),
        secret: 'a secret of the benchmark',
        resave: false,
        saveUninitialized: false,
      }),
    )
    const regenerate = req =>
      new Promise((resolve, reject) => req.session.regenerate(error => (error ? reject(error) : resolve())))
    return plain(regenerate)
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
