import { serve } from '@hono/node-server'
import { redisSentinelSession } from '@sentinel-session/hono'
import { Hono } from 'hono'
import { logIn, page } from './page.mjs'

/** @param {string} savePath */
export async function startHono(savePath) {
  const sessions = redisSentinelSession({ savePath })
  const app = new Hono()
  app.use(sessions)
  app.get('/', c => c.html(page('Hono', c.var.session)))
  app.post('/login', c => {
    logIn('Hono', c.var.session)
    return c.redirect('/', 303)
  })
  app.post('/logout', async c => {
    await c.var.session.destroy()
    return c.redirect('/', 303)
  })
  await sessions.ready()
  return serve({ fetch: app.fetch, port: 0 })
}
