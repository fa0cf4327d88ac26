import { redisSentinelSession } from '@sentinel-session/koa'
import Koa from 'koa'

const savePath = process.env.SAVE_PATH ?? '10.0.0.1:26379;10.0.0.2:26379,100,secret,0,mymaster'
const sessions = redisSentinelSession({ savePath })
const app = new Koa()

app.use(sessions)
app.use(async ctx => {
  if (ctx.method === 'POST' && ctx.path === '/login') {
    ctx.session.regenerate({ keep: ['views'] })
    ctx.session.set('user', 'ada')
    return ctx.redirect('/')
  }
  if (ctx.method === 'POST' && ctx.path === '/logout') await ctx.session.destroy()
  else ctx.session.update('views', views => (views ?? 0) + 1)
  ctx.body = ctx.session.status === 'destroyed' ? { user: null } : { ...ctx.session.data }
})

await sessions.ready()
const port = process.env.PORT ?? 3000
const server = app.listen(port, () => console.log(`http://localhost:${port}`))
process.once('SIGTERM', () => server.close(() => sessions.close()))
