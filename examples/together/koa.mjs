import { redisSentinelSession } from '@sentinel-session/koa'
import Koa from 'koa'
import { logIn, page } from './page.mjs'

/** @param {string} savePath */
export async function startKoa(savePath) {
  const sessions = redisSentinelSession({ savePath })
  const app = new Koa()
  app.use(sessions)
  app.use(async ctx => {
    if (ctx.method === 'GET') {
      ctx.type = 'html'
      ctx.body = page('Koa', ctx.session)
      return
    }
    if (ctx.path === '/login') logIn('Koa', ctx.session)
    else await ctx.session.destroy()
    ctx.status = 303
    ctx.redirect('/')
  })
  await sessions.ready()
  return app.listen(0)
}
