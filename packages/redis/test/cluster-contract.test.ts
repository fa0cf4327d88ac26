import { redisBackend } from '@sentinel-session/redis'
import { backendContract } from '@sentinel-session/testing'
import { type Cluster, startCluster, startProxy } from '@sentinel-session/testing/sentinel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster({ password: 'secret' })
})
afterAll(() => cluster?.stop())

backendContract({ describe, it }, { name: 'Redis Cluster', create: () => redisBackend({ url: cluster.url }) })

it('is found where all of its nodes have other addresses from here', async () => {
  const proxies = await Promise.all(cluster.nodes.map(node => startProxy(node)))
  const natMap = Object.fromEntries(cluster.addresses.map((address, at) => [address, proxies[at]!]))
  const { host, port } = proxies[0]!
  const backend = redisBackend({ cluster: [{ host, port }], auth: { password: 'secret' }, natMap })
  await backend.ready()
  for (const key of ['a', 'b', 'c']) {
    await backend.create(`nat:${key}`, { createdAt: 0, expiresAt: Date.now() + 60_000, body: '{}' })
  }
  const { shards, replicas } = backend.report()
  expect(shards!.map(({ primary }) => primary).sort()).toEqual(cluster.addresses.slice(0, 3).sort())
  expect([...replicas].sort()).toEqual(cluster.addresses.slice(3).sort())
  // Nothing may go past the map.
  for (const proxy of proxies) proxy.blackhole(true)
  await expect(backend.read('nat:a', { budget: { leftMs: 200 } })).rejects.toMatchObject({
    code: 'ERR_BACKEND_UNAVAILABLE',
  })
  for (const proxy of proxies) proxy.blackhole(false)
  await backend.close()
  for (const proxy of proxies) await proxy.stop()
})
