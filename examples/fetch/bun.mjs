/** Bun: `bun bun.mjs`. */
import { handler, withSession } from './app.mjs'

await withSession.ready()
const port = Number(process.env.PORT ?? 3000)
const server = Bun.serve({ fetch: handler, port })
console.log(`http://localhost:${port}`)
process.once('SIGTERM', async () => {
  await server.stop()
  await withSession.close()
})
