/** One Redis for all tests of a file: its data are kept apart by a prefix. */
import { type SentinelTrio, startSentinel } from '@sentinel-session/testing/sentinel'
import { Redis } from 'ioredis'
import { afterAll, beforeAll } from 'vitest'

/** Starts it before the tests of the file and ends it after them; `redis` is there from the first test on. */
export function oneRedis(): { readonly redis: Redis } {
  const one = {} as { redis: Redis }
  let trio: SentinelTrio | undefined
  beforeAll(async () => {
    trio = await startSentinel({ replicas: 0, sentinels: 1 })
    one.redis = new Redis(trio.nodes[0]!.port, '127.0.0.1')
  })
  afterAll(async () => {
    one.redis?.disconnect()
    await trio?.stop()
  })
  return one
}
