/** Deno: `deno run --allow-net --allow-env --allow-read --node-modules-dir=manual deno.mjs`. */
import process from 'node:process'
import { handler, withSession } from './app.mjs'

await withSession.ready()
const port = Number(process.env.PORT ?? 3000)
const server = Deno.serve({ port, onListen: () => console.log(`http://localhost:${port}`) }, handler)
Deno.addSignalListener('SIGTERM', async () => {
  await server.shutdown()
  await withSession.close()
})
