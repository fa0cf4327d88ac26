import { redisSentinelSession } from '@sentinel-session/fastify'
import Fastify from 'fastify'
import { logIn, page } from './page.mjs'

/** @param {string} savePath */
export async function startFastify(savePath) {
  const app = Fastify()
  await app.register(redisSentinelSession, { savePath })
  // A form without fields has a body all the same.
  app.addContentTypeParser('application/x-www-form-urlencoded', (_request, payload, done) => {
    payload.resume().on('end', () => done(null))
  })
  app.get('/', ({ session }, reply) => reply.type('text/html').send(page('Fastify', session)))
  app.post('/login', ({ session }, reply) => {
    logIn('Fastify', session)
    return reply.redirect('/', 303)
  })
  app.post('/logout', async ({ session }, reply) => {
    await session.destroy()
    return reply.redirect('/', 303)
  })
  await app.listen()
  return app.server
}
