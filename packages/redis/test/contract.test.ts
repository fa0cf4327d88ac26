import { redisBackend } from '@sentinel-session/redis'
import { backendContract } from '@sentinel-session/testing'
import { type SentinelTrio, startSentinel } from '@sentinel-session/testing/sentinel'
import { afterAll, beforeAll, describe, it } from 'vitest'

let trio: SentinelTrio
beforeAll(async () => {
  trio = await startSentinel()
})
afterAll(() => trio?.stop())

backendContract({ describe, it }, { name: 'Redis Sentinel', create: () => redisBackend({ savePath: trio.savePath }) })
