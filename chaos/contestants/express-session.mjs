/** express-session with connect-redis 8.1, the last one that speaks ioredis. */
import { createServer } from 'node:http'
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import { ioredisOnDefaults } from '../deployment.mjs'
import { serve } from '../serve.mjs'

const app = express()
app.use(
  session({
    store: new RedisStore({ client: ioredisOnDefaults() }),
    secret: 'a secret of the chaos harness',
    resave: false,
    saveUninitialized: false,
  }),
)
app.post('/login', (req, res, next) => {
  req.session.regenerate(error => {
    if (error) return next(error)
    Object.assign(req.session, { user: req.query.user, n: 0, ops: [] })
    res.json({ user: req.query.user })
  })
})
app.post('/count', ({ session, query }, res) => {
  if (session.user === undefined) return res.json({ user: null })
  session.n += 1
  session.ops.push(query.op)
  res.json({ user: session.user, n: session.n })
})
app.post('/logout', (req, res, next) => {
  req.session.destroy(error => (error ? next(error) : res.json({ user: null })))
})
app.get('/read', ({ session: { user = null, n, ops } }, res) => res.json({ user, n, ops }))
app.use((_error, _req, res, _next) => res.status(500).end())
serve(createServer(app))
