import { redisBackend } from '@sentinel-session/redis'
import { backendContract } from '@sentinel-session/testing'
import { type Cluster, startCluster } from '@sentinel-session/testing/sentinel'
import { afterAll, beforeAll, describe, it } from 'vitest'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster({ password: 'secret' })
})
afterAll(() => cluster?.stop())

backendContract({ describe, it }, { name: 'Redis Cluster', create: () => redisBackend({ url: cluster.url }) })
