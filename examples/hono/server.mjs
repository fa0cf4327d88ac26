import { serve } from '@hono/node-server'
import { redisSentinelSession } from '@sentinel-session/hono'
import { Hono } from 'hono'

const savePath = process.env.SAVE_PATH ?? '10.0.0.1:26379;10.0.0.2:26379,100,secret,0,mymaster'
const sessions = redisSentinelSession({ savePath })
const app = new Hono()

app.use(sessions)
app.get('/', c => {
  c.var.session.update('views', views => (views ?? 0) + 1)
  return c.json({ ...c.var.session.data })
})
app.post('/login', c => {
  c.var.session.regenerate({ keep: ['views'] })
  c.var.session.set('user', 'ada')
  return c.redirect('/')
})
app.post('/logout', async c => {
  await c.var.session.destroy()
  return c.json({ user: null })
})

await sessions.ready()
const port = Number(process.env.PORT ?? 3000)
const server = serve({ fetch: app.fetch, port }, () => console.log(`http://localhost:${port}`))
process.once('SIGTERM', () => server.close(() => sessions.close()))
