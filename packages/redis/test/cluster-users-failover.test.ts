/** Users of a real cluster, while the shard of their index fails over, moves, or comes back empty. */
import { createSessionManager, type Manager } from '@sentinel-session/core'
import { type RedisProvider, redisSentinelProvider } from '@sentinel-session/redis'
import { type Cluster, startCluster, type TestNode } from '@sentinel-session/testing/sentinel'
import { afterEach, expect, it } from 'vitest'
import { UserLedger } from './failover/user-ledger.ts'

const BALANCED = { outlived: 0, lost: 0, unlisted: 0, errors: [] }

let cluster: Cluster
let ledger: UserLedger | undefined
let provider: RedisProvider | undefined
afterEach(async () => {
  await ledger?.close()
  await provider?.close()
  ledger = undefined
  provider = undefined
  await cluster?.stop()
})

/** Who has the index of one of the users, and under which key. */
async function anIndex(): Promise<{ node: TestNode; key: string }> {
  for (const node of await cluster.primaries()) {
    const [key] = (await cluster.ask(node, 'KEYS', 'sess:user:*')) as string[]
    if (key !== undefined) return { node, key }
  }
  throw new Error('nobody has joined yet')
}

async function begin(maxSessions?: number): Promise<UserLedger> {
  cluster = await startCluster()
  const work = new UserLedger({ cluster: cluster.addresses }, maxSessions)
  ledger = work
  work.begin()
  await work.progress(100)
  return work
}

async function expectBalance(ledger: UserLedger): Promise<void> {
  await ledger.progress(100)
  await ledger.end()
  const balance = await ledger.balance()
  expect(balance).toMatchObject(BALANCED)
  expect(balance.endings).toBeGreaterThan(10)
}

it('nobody outlives destroyAllOf, and all are listed, while the primary of the index is killed', async () => {
  const ledger = await begin()
  const { node } = await anIndex()
  await cluster.kill(node)
  await cluster.waitForSuccessor(node)
  await ledger.progress(100)
  await cluster.restart(node)
  await expectBalance(ledger)
})

it('and while each shard fails over on purpose, one after the other', async () => {
  const ledger = await begin()
  for (const primary of await cluster.primaries()) {
    const [replica] = await cluster.replicasOf(primary)
    await cluster.failover(replica!)
    await ledger.progress(50)
  }
  await cluster.settled()
  await expectBalance(ledger)
})

it('and while the index moves to another shard', async () => {
  const ledger = await begin()
  const { node, key } = await anIndex()
  const slot = Number(await cluster.ask(node, 'CLUSTER', 'KEYSLOT', key))
  const others = (await cluster.primaries()).filter(({ port }) => port !== node.port)
  await cluster.migrate([slot], node, others[0]!, () => ledger.progress(100))
  await expectBalance(ledger)
  expect(await cluster.ask(others[0]!, 'EXISTS', key)).toBe(1)
})

it('never more than maxSessions are logged in, while the primary of the index is killed', async () => {
  const ledger = await begin(2)
  const { node } = await anIndex()
  await cluster.kill(node)
  await cluster.waitForSuccessor(node)
  await ledger.progress(100)
  await ledger.end()
  const { most, outlived, unlisted, errors } = await ledger.balance()
  expect({ outlived, unlisted, errors }).toEqual({ outlived: 0, unlisted: 0, errors: [] })
  expect(most).toBeLessThanOrEqual(2)
})

it('who was listed is, and who was ended stays so, on a shard that comes back empty', async () => {
  cluster = await startCluster({ replicas: 0, nodeTimeoutMs: 5000 })
  provider = redisSentinelProvider({ cluster: cluster.addresses })
  const manager = createSessionManager({ provider })
  const since = await manager.generationOf('eve')
  const sids = [await login(manager, 'eve', 'laptop'), await login(manager, 'eve', 'phone')]
  await manager.destroyAllOf('eve')
  const now = await manager.generationOf('eve')
  for (const label of ['laptop', 'phone', 'tablet']) await login(manager, 'ada', label)
  for (const node of cluster.nodes) {
    await cluster.restart(node)
    await cluster.settled()
  }
  const labels = (await manager.sessionsOf('ada')).map(({ label }) => label)
  expect(labels.sort()).toEqual(['laptop', 'phone', 'tablet'])
  expect(await manager.sessionsOf('eve')).toEqual([])
  expect(await manager.generationOf('eve')).toBe(now)
  await expect(login(manager, 'eve', 'late', since)).rejects.toMatchObject({ code: 'ERR_SESSION_CONFLICT' })
  for (const sid of sids) expect(await manager.read(sid)).toBeNull()
  expect(await manager.destroyAllOf('ada')).toBe(3)
})

async function login(manager: Manager, userId: string, label: string, since?: number): Promise<string> {
  const { session } = await manager.open({ secure: true, host: 'example.com', url: '/', header: () => undefined })
  session.bind(userId, { label, ...(since === undefined ? {} : { since }) })
  await session.save()
  return session.sessionId()
}
