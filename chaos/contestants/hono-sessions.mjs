/** hono-sessions with a store on ioredis. */
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { sessionMiddleware } from 'hono-sessions'
import { ioredisOnDefaults } from '../deployment.mjs'
import { serve } from '../serve.mjs'

const DAY_S = 86_400
const redis = ioredisOnDefaults()
const write = async (sid, data) => {
  await redis.set(`session:${sid}`, JSON.stringify(data), 'EX', DAY_S)
}
const store = {
  getSessionById: async sid => JSON.parse(await redis.get(`session:${sid}`)),
  createSession: write,
  persistSessionData: write,
  deleteSession: async sid => {
    await redis.del(`session:${sid}`)
  },
}

const app = new Hono()
app.use(sessionMiddleware({ store, expireAfterSeconds: DAY_S, cookieOptions: { path: '/', httpOnly: true } }))
app.post('/login', c => {
  const session = c.get('session')
  c.set('session_key_rotation', true)
  session.set('user', c.req.query('user'))
  session.set('n', 0)
  session.set('ops', [])
  return c.json({ user: c.req.query('user') })
})
app.post('/count', c => {
  const session = c.get('session')
  if (!session.get('user')) return c.json({ user: null })
  session.set('n', session.get('n') + 1)
  session.set('ops', [...session.get('ops'), c.req.query('op')])
  return c.json({ user: session.get('user'), n: session.get('n') })
})
app.post('/logout', c => {
  c.get('session').deleteSession()
  return c.json({ user: null })
})
app.get('/read', c => {
  const session = c.get('session')
  return c.json({ user: session.get('user'), n: session.get('n'), ops: session.get('ops') })
})
app.onError((_error, c) => c.body(null, 500))
serve(createAdaptorServer({ fetch: app.fetch }))
