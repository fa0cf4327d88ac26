/** One handler for all platforms; the other files here serve it. */
import process from 'node:process'
import { redisSentinelSession } from '@sentinel-session/fetch'

const savePath = process.env.SAVE_PATH ?? '10.0.0.1:26379;10.0.0.2:26379,100,secret,0,mymaster'

export const withSession = redisSentinelSession({ savePath })

export const handler = withSession(async (request, session) => {
  const { pathname } = new URL(request.url)
  if (request.method === 'POST' && pathname === '/login') {
    session.regenerate({ keep: ['views'] })
    session.set('user', 'ada')
    return Response.redirect(new URL('/', request.url))
  }
  if (request.method === 'POST' && pathname === '/logout') {
    await session.destroy()
    return Response.json({ user: null })
  }
  session.update('views', views => (views ?? 0) + 1)
  return Response.json({ ...session.data })
})
