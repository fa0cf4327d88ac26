/** Runs beside Redis. */
import { serve } from '@hono/node-server'
import { createGateway } from '@sentinel-session/gateway'
import { redisBackend } from '@sentinel-session/redis'

export const key = process.env.GATEWAY_KEY ?? 'at least 32 random bytes: openssl rand -base64 48'

const savePath = process.env.SAVE_PATH ?? '10.0.0.1:26379;10.0.0.2:26379,100,secret,0,mymaster'
const backend = redisBackend({ savePath })
await backend.ready()

/** Plain http is for this machine only; elsewhere the gateway is behind TLS. */
export const url = await new Promise(resolve => {
  const options = { fetch: createGateway(backend, { keys: [key] }), hostname: '127.0.0.1', port: 0 }
  serve(options, ({ port }) => resolve(`http://127.0.0.1:${port}/`))
})
