/** Compiled only: with `/register` a session is typed without Variables. */
import '@sentinel-session/hono/register'
import { type SessionStore, session } from '@sentinel-session/hono'
import { Hono } from 'hono'

const app = new Hono()
app.use(session())
app.get('/', c => {
  const known: SessionStore = c.var.session
  known.set('a', 1)
  // @ts-expect-error no such variable
  c.get('sessions')
  return c.text(String(c.get('session').get('a')))
})
