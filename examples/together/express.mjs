import { redisSentinelSession } from '@sentinel-session/express'
import express from 'express'
import { logIn, page } from './page.mjs'

/** @param {string} savePath */
export async function startExpress(savePath) {
  const sessions = redisSentinelSession({ savePath })
  const app = express()
  app.use(sessions)
  app.get('/', (req, res) => res.send(page('Express', req.session)))
  app.post('/login', (req, res) => {
    logIn('Express', req.session)
    res.redirect(303, '/')
  })
  app.post('/logout', async (req, res) => {
    await req.session.destroy()
    res.redirect(303, '/')
  })
  await sessions.ready()
  return app.listen(0)
}
