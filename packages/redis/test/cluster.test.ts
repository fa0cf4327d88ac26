/**
 * Redis Cluster under load: real processes, users at work on two backends, and afterwards the account of what was acknowledged. A
 * failover of a shard, or a slot that moves, is a pause: nobody sees an error, nothing is lost, nothing comes back.
 */
import type { BackendEvent } from '@sentinel-session/core'
import { type RedisBackendOptions, redisBackend } from '@sentinel-session/redis'
import { type Cluster, type ClusterOptions, startCluster, type TestNode } from '@sentinel-session/testing/sentinel'
import { afterEach, describe, expect, it } from 'vitest'
import { Ledger } from './failover/ledger.ts'

const BALANCED = { lost: 0, duplicated: 0, resurrected: 0, empty: 0, errors: [] }

let cluster: Cluster
let ledger: Ledger
afterEach(async () => {
  await ledger?.close()
  await cluster?.stop()
})

async function begin(options: Partial<RedisBackendOptions> = {}, settings: ClusterOptions = {}): Promise<void> {
  cluster = await startCluster(settings)
  ledger = new Ledger({ cluster: cluster.addresses.slice(0, 2), ...options } as RedisBackendOptions)
  await ledger.begin()
  await ledger.progress(50)
}

/** Lets users go on, and the cluster come to rest; then all that was acknowledged is there, and nobody saw an error. */
async function expectBalance(): Promise<void> {
  await ledger.progress(50)
  await ledger.end()
  await cluster.settled()
  expect(await ledger.balance()).toEqual(BALANCED)
}

/** Slots in which sessions are, and who serves them. */
async function slotsInUse(node: TestNode): Promise<number[]> {
  const keys = (await cluster.ask(node, 'KEYS', 'sess:*')) as string[]
  const slots = await Promise.all(keys.map(async key => Number(await cluster.ask(node, 'CLUSTER', 'KEYSLOT', key))))
  return [...new Set(slots)]
}

describe('a shard of a cluster', () => {
  it('has another primary after the one was killed', async () => {
    const events: BackendEvent[] = []
    await begin({ onEvent: event => events.push(event) })
    const [killed] = cluster.nodes
    await cluster.kill(killed!)
    const successor = await cluster.waitForSuccessor(killed!)
    await cluster.restart(killed!)
    await expectBalance()
    const { host, port } = successor
    for (const provider of ledger.providers) {
      const { shards, ...report } = provider.report()
      expect(report).toMatchObject({ topology: 'cluster', primary: null, lastFailover: { to: `${host}:${port}` } })
      expect(shards!.map(({ primary }) => primary)).toContain(`${host}:${port}`)
    }
    expect(events).toContainEqual({ type: 'degraded', reason: 'unavailable' })
    expect(events.filter(({ type }) => type === 'failover')).toHaveLength(2)
  })

  it('has another primary while the former is frozen, and wakes up as a stranger', async () => {
    await begin({}, { replicas: 2 })
    const [frozen] = cluster.nodes
    await cluster.pause(frozen!)
    await cluster.waitForSuccessor(frozen!)
    await ledger.progress(50)
    await cluster.resume(frozen!)
    await expectBalance()
  })

  it('fails over on purpose, there and back', async () => {
    await begin()
    const [primary] = cluster.nodes
    const [replica] = await cluster.replicasOf(primary!)
    await cluster.failover(replica!)
    await ledger.progress(100)
    await cluster.settled()
    await cluster.failover(primary!)
    await expectBalance()
  })

  it('gets back what it has lost in a restart without data', async () => {
    await begin({}, { replicas: 0, nodeTimeoutMs: 5000 })
    await cluster.restart(cluster.nodes[0]!)
    await expectBalance()
  })
})

describe('a slot', () => {
  it('moves to another shard, key by key', async () => {
    await begin()
    const [from, to] = await cluster.primaries()
    const slots = await slotsInUse(from!)
    expect(slots.length).toBeGreaterThan(0)
    await cluster.migrate(slots, from!, to!, () => ledger.progress(30))
    await expectBalance()
    expect(await slotsInUse(from!)).toEqual(expect.not.arrayContaining(slots))
  })
})

describe('a cluster that cannot be used says why', () => {
  const ready = async (options: object): Promise<unknown> => {
    const backend = redisBackend({ failoverBudget: '1s', ...options } as never)
    try {
      return await backend.ready().catch((error: Error) => error)
    } finally {
      await backend.close()
    }
  }

  it('with a typed error that names the option', async () => {
    cluster = await startCluster({ replicas: 0, password: 'secret' })
    const nodes = cluster.addresses
    const cases: [options: object, code: string, field: string | undefined][] = [
      [{ cluster: nodes }, 'ERR_BACKEND_AUTH', 'auth'],
      [{ cluster: nodes, auth: { password: 'wrong' } }, 'ERR_BACKEND_AUTH', 'auth'],
      [{ cluster: ['127.0.0.1:1'] }, 'ERR_BACKEND_UNAVAILABLE', 'cluster'],
      [{ url: 'redis+cluster://127.0.0.1:1' }, 'ERR_BACKEND_UNAVAILABLE', 'url'],
    ]
    for (const [options, code, field] of cases) expect(await ready(options)).toMatchObject({ code, field })
    expect(await ready({ url: cluster.url })).toBeUndefined()
  })
})
