/** What both Workers do: the routes of the examples. */
import { session } from '@sentinel-session/hono/edge'
import { Hono } from 'hono'

export function appWith(providerFor) {
  const app = new Hono()
  app.use(session({ providerFor, cookie: { secure: false } }))
  app.get('/', c => {
    c.var.session.update('views', views => (views ?? 0) + 1)
    return c.json({ user: c.var.session.get('user') ?? null, views: c.var.session.get('views') })
  })
  app.post('/login', c => {
    c.var.session.regenerate()
    c.var.session.set('user', 'ada')
    return c.redirect('/')
  })
  app.post('/logout', async c => {
    await c.var.session.destroy()
    return c.json({ user: null })
  })
  return app
}
