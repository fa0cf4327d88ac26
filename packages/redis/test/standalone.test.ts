/** A single server, without Sentinel: the same contract, without a failover. */
import { type RedisBackend, redisBackend } from '@sentinel-session/redis'
import { backendContract } from '@sentinel-session/testing'
import { type SentinelTrio, startSentinel } from '@sentinel-session/testing/sentinel'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

let trio: SentinelTrio
let url: string
beforeAll(async () => {
  // The Sentinel is never asked.
  trio = await startSentinel({ replicas: 0, sentinels: 1, password: 'secret' })
  const { host, port } = trio.nodes[0]!
  url = `redis://:secret@${host}:${port}`
})
afterAll(() => trio?.stop())

backendContract({ describe, it }, { name: 'a single Redis server', create: () => redisBackend({ url }) })

describe('a single server', () => {
  let backend: RedisBackend
  afterEach(() => backend?.close())

  const fields = { createdAt: 0, expiresAt: Date.now() + 60_000, body: '{}' }

  it('is reported as what it is', async () => {
    backend = redisBackend({ url })
    expect(backend.report()).toMatchObject({ topology: 'standalone', status: 'connecting', primary: null })
    await backend.ready()
    const { host, port } = trio.nodes[0]!
    expect(backend.report()).toMatchObject({ status: 'ready', primary: `${host}:${port}`, replicas: [] })
    expect(backend.report().warnings.map(({ code }) => code)).toEqual([
      'no-replica',
      'no-min-replicas',
      'no-persistence',
    ])
  })

  it('gets back what it has lost in a restart, while requests wait', async () => {
    backend = redisBackend({ url })
    await backend.create('single:1', fields)
    const restarting = trio.restart(trio.nodes[0]!, { empty: true })
    expect(await backend.read('single:1')).toMatchObject({ body: '{}' })
    await restarting
  })

  it('tells what has changed to those that keep sessions near', async () => {
    backend = redisBackend({ url, nearCache: true })
    const other = redisBackend({ url })
    try {
      await backend.ready()
      await other.create('single:2', fields)
      const hits = async (): Promise<number> => {
        await backend.read('single:2')
        return backend.report().nearCache!.hits
      }
      await expect.poll(hits).toBeGreaterThan(0)
      await other.end('single:2', { kind: 'destroyed' })
      await expect.poll(() => backend.read('single:2')).toBeNull()
    } finally {
      await other.close()
    }
  })

  it('that is not there fails after the budget', async () => {
    backend = redisBackend({ url: 'redis://127.0.0.1:1', failoverBudget: '200ms' })
    await expect(backend.read('single:1')).rejects.toMatchObject({ code: 'ERR_BACKEND_UNAVAILABLE' })
    await expect(backend.ready()).rejects.toMatchObject({ code: 'ERR_BACKEND_UNAVAILABLE' })
  })
})
