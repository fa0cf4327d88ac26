/** Ours: @sentinel-session/koa on its defaults. */
import { createServer } from 'node:http'
import { redisSentinelSession } from '@sentinel-session/koa'
import Koa from 'koa'
import { deployment } from '../deployment.mjs'
import { serve } from '../serve.mjs'

const sessions = redisSentinelSession(deployment)
const routes = {
  'POST /login': ({ session, query }) => {
    session.regenerate()
    session.set('user', query.user)
    session.set('n', 0)
    session.set('ops', [])
    return { user: query.user }
  },
  'POST /count': ({ session, query }) => {
    if (!session.has('user')) return { user: null }
    session.update('n', n => n + 1)
    session.update('ops', ops => [...ops, query.op])
    return { user: session.get('user'), n: session.get('n') }
  },
  'POST /logout': async ({ session }) => {
    await session.destroy()
    return { user: null }
  },
  'GET /read': ({ session }) => (session.has('user') ? { ...session.data } : { user: null }),
}

const app = new Koa()
app.silent = true
app.use(sessions)
app.use(async ctx => {
  ctx.body = await routes[`${ctx.method} ${ctx.path}`](ctx)
})
await sessions.ready()
serve(createServer(app.callback()))
