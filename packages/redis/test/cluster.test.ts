/**
 * Redis Cluster under load: real processes, users at work on two backends, and afterwards the account of what was acknowledged. A
 * failover of a shard, or a slot that moves, is a pause: nobody sees an error, nothing is lost, nothing comes back.
 */
import { type BackendEvent, createSessionManager, newManager } from '@sentinel-session/core'
import {
  type RedisBackend,
  type RedisBackendOptions,
  redisBackend,
  redisSentinelProvider,
} from '@sentinel-session/redis'
import '@sentinel-session/redis/register'
import {
  type Cluster,
  type ClusterOptions,
  startCluster,
  startSentinel,
  type TestNode,
} from '@sentinel-session/testing/sentinel'
import { afterEach, describe, expect, it } from 'vitest'
import { Ledger } from './failover/ledger.ts'

const BALANCED = { lost: 0, duplicated: 0, resurrected: 0, empty: 0, errors: [] }

let cluster: Cluster
let ledger: Ledger | undefined
let backend: RedisBackend | undefined
afterEach(async () => {
  await ledger?.close()
  await backend?.close()
  ledger = undefined
  backend = undefined
  await cluster?.stop()
})

async function begin(options: Partial<RedisBackendOptions> = {}, settings: ClusterOptions = {}): Promise<Ledger> {
  cluster = await startCluster(settings)
  const work = new Ledger({ cluster: cluster.addresses.slice(0, 2), ...options } as RedisBackendOptions)
  ledger = work
  await work.begin()
  await work.progress(50)
  return work
}

/** Lets users go on, and the cluster come to rest; then all that was acknowledged is there, and nobody saw an error. */
async function expectBalance(ledger: Ledger): Promise<void> {
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

const fields = (body: string) => ({ createdAt: 0, expiresAt: Date.now() + 60_000, body })

/** Where the keys with the tag `{a}` are, and another place. */
async function placesOf(tag: string): Promise<{ slot: number; from: TestNode; to: TestNode }> {
  const slot = Number(await cluster.ask(cluster.nodes[0]!, 'CLUSTER', 'KEYSLOT', tag))
  const primaries = await cluster.primaries()
  const owns = primaries.map(node => cluster.ask(node, 'EXISTS', tag).catch(() => undefined))
  const at = (await Promise.all(owns)).findIndex(answer => answer !== undefined)
  return { slot, from: primaries[at]!, to: primaries[(at + 1) % primaries.length]! }
}

describe('a shard of a cluster', () => {
  it('has another primary after the one was killed', async () => {
    const events: BackendEvent[] = []
    const ledger = await begin({ onEvent: event => events.push(event) })
    const [killed] = cluster.nodes
    await cluster.kill(killed!)
    const successor = await cluster.waitForSuccessor(killed!)
    await cluster.restart(killed!)
    await expectBalance(ledger)
    const { host, port } = successor
    for (const provider of ledger.providers) {
      const { shards, ...report } = provider.report()
      expect(report).toMatchObject({ topology: 'cluster', primary: null, lastFailover: { to: `${host}:${port}` } })
      expect(shards!.map(({ primary }) => primary)).toContain(`${host}:${port}`)
    }
    expect(events).toContainEqual({ type: 'degraded', reason: 'unavailable' })
    expect(events.filter(({ type }) => type === 'failover').length).toBeGreaterThanOrEqual(2)
  })

  it('has another primary while the former is frozen, and wakes up as a stranger', async () => {
    const ledger = await begin({}, { replicas: 2 })
    const [frozen] = cluster.nodes
    await cluster.pause(frozen!)
    await cluster.waitForSuccessor(frozen!)
    await ledger.progress(50)
    await cluster.resume(frozen!)
    await expectBalance(ledger)
  })

  it('goes on without its only replica, and with it again', async () => {
    const ledger = await begin()
    const replica = cluster.nodes.at(-1)!
    await cluster.kill(replica)
    await ledger.progress(100)
    await cluster.restart(replica)
    await expectBalance(ledger)
  })

  it('fails over on purpose, there and back', async () => {
    const ledger = await begin()
    const [primary] = cluster.nodes
    const [replica] = await cluster.replicasOf(primary!)
    await cluster.failover(replica!)
    await ledger.progress(100)
    await cluster.settled()
    await cluster.failover(primary!)
    await expectBalance(ledger)
  })

  it('has no write that its new primary alone has, although nobody follows that one yet', async () => {
    cluster = await startCluster({ replicas: 2, nodeTimeoutMs: 2000 })
    // Without a journal, what is lost stays lost.
    const work = redisBackend({ cluster: cluster.addresses, failoverBudget: '45s', journal: false })
    backend = work
    const record = (await work.create('{a}0', fields('0')))!
    const { from } = await placesOf('{a}')
    const [successor, late] = await cluster.replicasOf(from)
    await cluster.pause(late!)
    await cluster.kill(from)
    await cluster.ask(successor!, 'CLUSTER', 'FAILOVER', 'TAKEOVER')
    const writing = work.replace('{a}0', record, fields('1'))
    const stored = () => cluster.ask(successor!, 'GET', '{a}0').catch(() => null)
    await expect.poll(stored, { timeout: 10_000 }).toContain('"d":1')
    await cluster.kill(successor!)
    await cluster.resume(late!)
    expect(await writing).toMatchObject({ outcome: 'ok' })
    expect(await work.read('{a}0')).toMatchObject({ body: '1' })
  })

  it('gets back what it has lost in a restart without data, from each process as soon as it asks', async () => {
    const ledger = await begin({}, { replicas: 0, nodeTimeoutMs: 5000 })
    // Two processes that raise one counter before both have caught up may lose an increment (docs/failover.md): nobody writes meanwhile.
    await ledger.end()
    await cluster.restart(cluster.nodes[0]!)
    await cluster.settled()
    await expect.poll(() => ledger.balance(), { timeout: 20_000 }).toEqual(BALANCED)
  })
})

describe('a slot', () => {
  it('is served while some of its sessions are here and some are there', async () => {
    cluster = await startCluster()
    const work = redisBackend({ cluster: cluster.addresses, failoverBudget: '2s' })
    backend = work
    const keys = ['{a}0', '{a}1', '{a}2', '{a}3']
    const records = new Map(keys.map(key => [key, work.create(key, fields('0'))]))
    await Promise.all(records.values())
    const { slot, from, to } = await placesOf('{a}')
    await cluster.migrate([slot], from, to, async () => {
      const here = (await cluster.ask(from, 'CLUSTER', 'COUNTKEYSINSLOT', String(slot))) as number
      expect([here, await cluster.ask(to, 'CLUSTER', 'COUNTKEYSINSLOT', String(slot))]).toEqual([2, 2])
      for (const key of keys) {
        expect(await work.read(key)).toMatchObject({ body: '0' })
        expect(await work.touch(key, Date.now() + 60_000)).toBe(true)
        const record = (await records.get(key))!
        expect(await work.replace(key, record, fields('1'))).toMatchObject({ outcome: 'ok' })
        expect(await work.replace(key, record, fields('2'))).toMatchObject({ outcome: 'changed' })
      }
      expect(await work.create('{a}4', fields('1'))).not.toBeNull()
      expect(await work.end('{a}0', { kind: 'destroyed' })).toEqual({ outcome: 'ok' })
      expect(await work.create('{a}0', fields('1'))).toBeNull()
      expect(await work.read('{a}5')).toBeNull()
      expect(await work.count('{a}')).toBe(4)
    })
    await cluster.settled()
    expect(await work.read('{a}0')).toBeNull()
    for (const key of ['{a}1', '{a}2', '{a}3', '{a}4']) expect(await work.read(key)).toMatchObject({ body: '1' })
  })

  it('takes a write along whose answer is missing: it is applied once', async () => {
    cluster = await startCluster({ nodeTimeoutMs: 10_000 })
    backend = redisBackend({ cluster: cluster.addresses })
    const record = (await backend.create('{a}0', fields('0')))!
    const { slot, from, to } = await placesOf('{a}')
    const [silent] = await cluster.replicasOf(from)
    await cluster.pause(silent!)
    const writing = backend.replace('{a}0', record, fields('1'))
    await expect.poll(() => cluster.ask(from, 'GET', '{a}0')).toContain('"d":1')
    await cluster.migrate([slot], from, to)
    const { outcome, record: written } = (await writing) as { outcome: string; record: { revisions: string } }
    expect(outcome).toBe('ok')
    expect(await backend.read('{a}0')).toMatchObject({ body: '1', revisions: written.revisions })
    await cluster.resume(silent!)
  })

  it('keeps the old session where the new one, of another shard, could not be created', async () => {
    cluster = await startCluster({ nodeTimeoutMs: 10_000 })
    const work = redisBackend({ cluster: cluster.addresses, failoverBudget: '600ms' })
    backend = work
    const base = (await work.create('{a}0', fields('0')))!
    const { to } = await placesOf('{a}')
    const slots = await Promise.all(['b', 'c', 'd', 'e', 'f'].map(async tag => ({ tag, ...(await placesOf(tag)) })))
    const { tag } = slots.find(({ from }) => from === to)!
    await cluster.pause(to)
    const creating = work.create(`{${tag}}1`, fields('0'))
    const both = [creating, work.end('{a}0', { kind: 'retired', base }, { after: creating })]
    const outcomes = await Promise.allSettled(both)
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await work.read('{a}0')).toMatchObject({ body: '0' })
    await cluster.resume(to)
  })

  it('moves to another shard, key by key', async () => {
    const ledger = await begin()
    const [from, to] = await cluster.primaries()
    const slots = await slotsInUse(from!)
    expect(slots.length).toBeGreaterThan(0)
    await cluster.migrate(slots, from!, to!, () => ledger.progress(30))
    await expectBalance(ledger)
    expect(await slotsInUse(from!)).toEqual(expect.not.arrayContaining(slots))
  })
})

describe('a cluster', () => {
  it('counts the sessions of all shards, and knows whose they are', async () => {
    cluster = await startCluster({ replicas: 0 })
    // What docs/errors.md says that a user needs.
    const records = ['+get', '+set', '+getrange', '+pttl', '+pexpireat', '+eval', '+evalsha', '+scan']
    const users = ['+hget', '+hset', '+hdel', '+hgetall', '+hrandfield', '+persist']
    const all = [...records, ...users, '+wait', '+time', '+info', '+role', '+asking', '+cluster|nodes']
    for (const node of cluster.nodes) {
      await cluster.ask(node, 'ACL', 'SETUSER', 'least', 'reset', 'on', '>secret', '~sess:*', ...all)
    }
    const auth = { username: 'least', password: 'secret' }
    const provider = redisSentinelProvider({ cluster: cluster.addresses, auth })
    const manager = createSessionManager({ provider })
    try {
      for (let n = 0; n < 20; n++) {
        const session = await provider.sessionRead('')
        session.set('n', n)
        await session.save()
      }
      expect(await provider.sessionAll()).toBe(20)
      const found = []
      for await (const key of provider.backend.scan('sess:')) found.push(key)
      expect(new Set(found).size).toBe(20)
      for (const label of ['laptop', 'phone']) {
        const session = await provider.sessionRead('')
        session.bind('ada', { label, since: await manager.generationOf('ada') })
        await session.save()
      }
      expect((await manager.sessionsOf('ada')).map(({ label }) => label)).toEqual(['laptop', 'phone'])
      expect(await manager.destroyAllOf('ada')).toBe(2)
      expect(await provider.sessionAll()).toBe(20)
    } finally {
      await manager.close()
      await provider.close()
    }
  })

  it('serves a session that was bound where it came from', async () => {
    cluster = await startCluster({ replicas: 0 })
    backend = redisBackend({ cluster: cluster.addresses })
    const fields = { createdAt: 0, expiresAt: Date.now() + 60_000, body: '0', user: 'sess:user:ada' }
    const record = (await backend.create('bound', fields))!
    const { record: second } = (await backend.replace('bound', record, { ...fields, body: '1' })) as {
      record: typeof record
    }
    expect(await backend.read('bound')).toMatchObject({ body: '1', user: fields.user })
    expect(await backend.end('bound', { kind: 'retired', base: second })).toMatchObject({ outcome: 'ok' })
    expect(await backend.end('bound', { kind: 'destroyed', user: fields.user })).toEqual({ outcome: 'gone' })
  })
})

describe('a cluster is found', () => {
  const ready = async (options: object): Promise<unknown> => {
    const backend = redisBackend({ failoverBudget: '1s', ...options } as never)
    try {
      return await backend.ready().catch((error: Error) => error)
    } finally {
      await backend.close()
    }
  }

  it('by newManager, too, with the save path of a fleet', async () => {
    cluster = await startCluster({ replicas: 0, password: 'secret' })
    const config = { cookieName: 'sid', maxLifetime: 60, providerConfig: cluster.savePath }
    const manager = await newManager('redis_cluster', config)
    expect(await manager.read('a'.repeat(43))).toBeNull()
    await manager.close()
    const wrong = newManager('redis_cluster', { ...config, providerConfig: cluster.addresses.join(';') })
    await expect(wrong).rejects.toMatchObject({ code: 'ERR_BACKEND_AUTH', field: 'auth' })
  })

  it('or a typed error names the option', async () => {
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
    await using single = await startSentinel({ replicas: 0, sentinels: 1 })
    const { host, port } = single.nodes[0]!
    const noCluster = { code: 'ERR_CONFIG_CONNECTION', field: 'cluster' }
    expect(await ready({ cluster: [`${host}:${port}`] })).toMatchObject(noCluster)
    backend = redisBackend({ url: `redis://:secret@${nodes[0]}` })
    const elsewhere = Promise.all(['foo', 'a', 'b'].map(key => backend!.read(key)))
    await expect(elsewhere).rejects.toMatchObject(noCluster)
  })
})
