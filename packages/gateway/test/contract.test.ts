/** The contract of a backend, of a client that asks a gateway over HTTP. */
import { memoryBackend } from '@sentinel-session/core'
import { createGateway } from '@sentinel-session/gateway'
import { gatewayBackend } from '@sentinel-session/gateway/client'
import { type RedisBackend, redisBackend } from '@sentinel-session/redis'
import { backendContract } from '@sentinel-session/testing'
import { type SentinelTrio, startSentinel } from '@sentinel-session/testing/sentinel'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { type Served, serve } from './support/serve.ts'

const keys = ['k'.repeat(32)] as const

let trio: SentinelTrio
let redis: RedisBackend
const served: Served[] = []

beforeAll(async () => {
  trio = await startSentinel()
  redis = redisBackend({ savePath: trio.savePath })
  await redis.ready()
  for (const backend of [memoryBackend(), redis])
    served.push(await serve(createGateway(backend, { keys, prefix: 'contract:' })))
  const inner = gatewayBackend({ url: served[0]!.url, keys })
  served.push(await serve(createGateway(inner, { keys, prefix: 'contract:' })))
})
afterAll(async () => {
  for (const { stop } of served) await stop()
  await redis?.close()
  await trio?.stop()
})

const subjects = ['a gateway to memory', 'a gateway to Redis Sentinel', 'a gateway to a gateway to memory']
for (const [i, name] of subjects.entries()) {
  backendContract({ describe, it }, { name, create: () => gatewayBackend({ url: served[i]!.url, keys }) })
}
