import { startSentinel } from '@sentinel-session/testing/sentinel'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type RedisBackend, redisBackend } from '../src/index.ts'

let trio: Awaited<ReturnType<typeof startSentinel>>
let backend: RedisBackend
beforeEach(async () => {
  trio = await startSentinel()
  const { sentinels, masterName } = trio
  backend = redisBackend({ sentinels, masterName })
})
afterEach(async () => {
  await backend?.close()
  await trio?.stop()
})

it('of each Sentinel is listened to: who only asked would hear of a failover up to a second later', async () => {
  await backend.ready()
  for (const sentinel of trio.sentinelNodes) {
    const listeners = async () => String(await trio.ask(sentinel, 'CLIENT', 'LIST', 'TYPE', 'pubsub')).match(/ sub=7 /g)
    await expect.poll(listeners).toHaveLength(1)
  }
})
