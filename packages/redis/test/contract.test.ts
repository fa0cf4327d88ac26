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

backendContract(
  { describe, it },
  {
    name: 'Redis Sentinel, with sessions near',
    async create() {
      const backend = redisBackend({ savePath: trio.savePath, nearCache: true })
      // Before it is ready it would keep nothing.
      await backend.ready()
      return backend
    },
  },
)
