/** Runs where there is no TCP, and here for once beside its gateway: it knows the URL and the key, and nothing of Redis. */
import { serve } from '@hono/node-server'
import { createProvider } from '@sentinel-session/core'
import { gatewayBackend } from '@sentinel-session/gateway/client'
import { session } from '@sentinel-session/hono/edge'
import { Hono } from 'hono'
import { key, url } from './gateway.mjs'

const app = new Hono()

app.use(session({ provider: createProvider(gatewayBackend({ url, keys: [key] })) }))
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

const port = Number(process.env.PORT ?? 3000)
serve({ fetch: app.fetch, port }, () => console.log(`http://localhost:${port}`))
