/** Node. */
import { serve } from '@hono/node-server'
import { handler, withSession } from './app.mjs'

await withSession.ready()
const port = Number(process.env.PORT ?? 3000)
const server = serve({ fetch: handler, port }, () => console.log(`http://localhost:${port}`))
process.once('SIGTERM', () => server.close(() => withSession.close()))
