/** koa-session with an external store on ioredis. */
import { createServer } from 'node:http'
import Koa from 'koa'
import { createSession } from 'koa-session'
import { ioredisOnDefaults } from '../deployment.mjs'
import { serve } from '../serve.mjs'

const DAY_MS = 86_400_000
const redis = ioredisOnDefaults()
const store = {
  get: async key => JSON.parse(await redis.get(key)),
  set: (key, value, maxAge) => redis.set(key, JSON.stringify(value), 'PX', maxAge ?? DAY_MS),
  destroy: key => redis.del(key),
}
const routes = {
  'POST /login': async ({ session, query }) => {
    Object.assign(session, { user: query.user, n: 0, ops: [] })
    await session.regenerate()
    return { user: query.user }
  },
  'POST /count': ({ session, query }) => {
    if (session.user === undefined) return { user: null }
    session.n += 1
    session.ops.push(query.op)
    return { user: session.user, n: session.n }
  },
  'POST /logout': ctx => {
    ctx.session = null
    return { user: null }
  },
  'GET /read': ({ session: { user = null, n, ops } }) => ({ user, n, ops }),
}

const app = new Koa()
app.silent = true
app.keys = ['a secret of the chaos harness']
app.use(createSession({ store }, app))
app.use(async ctx => {
  ctx.body = await routes[`${ctx.method} ${ctx.path}`](ctx)
})
serve(createServer(app.callback()))
