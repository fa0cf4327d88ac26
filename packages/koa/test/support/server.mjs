/** A Koa server as a process of its own; the options of its sessions come in the environment. Prints its port. */
import { redisSentinelSession } from '@sentinel-session/koa'
import Koa from 'koa'

const sessions = redisSentinelSession(JSON.parse(process.env.SESSION_OPTIONS))
const app = new Koa()
app.silent = true
app.use(sessions)
app.use(async ctx => {
  const key = ctx.query.key
  switch (ctx.path) {
    case '/increment':
      ctx.session.update('n', n => Number(n ?? 0) + 1)
      break
    case '/set':
      if (ctx.query.gate) await passGate()
      ctx.session.set(key, ctx.query.value)
      break
    case '/login':
      ctx.session.regenerate({ keep: ['cart'] })
      ctx.session.set('user', ctx.query.user)
      break
    case '/gate':
      ctx.body = { waiting: openGate !== undefined }
      if (ctx.query.open) openGate?.()
      return
    case '/logout':
      await ctx.session.destroy()
      ctx.body = { ok: true }
      return
  }
  ctx.body = { data: { ...ctx.session.data }, isNew: ctx.session.isNew, status: ctx.session.status }
})
/** Holds a request, its session read, until another one opens the gate. */
let openGate
const passGate = () =>
  new Promise(resolve => {
    openGate = resolve
  })

await sessions.ready()
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port))
process.on('SIGTERM', async () => {
  server.closeAllConnections()
  server.close()
  await sessions.close()
})
