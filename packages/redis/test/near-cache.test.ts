/**
 * The near cache on a real deployment: what is served without a command, and each way in which that could be older than what is
 * stored.
 */
import { type BackendEvent, createSessionManager, type StoredRecord } from '@sentinel-session/core'
import { type RedisBackend, redisBackend, redisSentinelProvider } from '@sentinel-session/redis'
import { type SentinelTrio, startSentinel } from '@sentinel-session/testing/sentinel'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Rig, startRig, sure } from './near/rig.ts'

let trio: SentinelTrio
let other: RedisBackend
beforeAll(async () => {
  trio = await startSentinel()
  other = redisBackend({ savePath: trio.savePath })
  await other.ready()
})
afterAll(async () => {
  await other?.close()
  await trio?.stop()
})

const atEnd: (() => unknown)[] = []
afterEach(async () => {
  for (const end of atEnd.splice(0).reverse()) await end()
})

let key: string
let keys = 0
beforeEach(() => {
  key = `near:${++keys}`
})

async function rig(maxAgeMs?: number): Promise<Rig> {
  const made = await startRig(trio, maxAgeMs)
  atEnd.push(() => made.stop())
  return made
}

const fields = (body: string, lifeMs = 60_000) => ({ createdAt: 1, expiresAt: Date.now() + lifeMs, body })
const bodyOf = (found: StoredRecord | 'retired' | null) => (found as StoredRecord | null)?.body

/** How many GETs the primary has had. */
async function gets(): Promise<number> {
  const stats = String(await trio.ask(await trio.currentPrimary(), 'INFO', 'commandstats'))
  return Number(/cmdstat_get:calls=(\d+)/.exec(stats)?.[1] ?? 0)
}

const write = async (body: string): Promise<void> => {
  const base = (await other.read(key)) as StoredRecord
  expect(await other.replace(key, base, fields(body))).toMatchObject({ outcome: 'ok' })
}

/** Stored by another process, and read by this one until it is near. */
async function nearBy({ backend }: { backend: RedisBackend }): Promise<void> {
  await other.create(key, fields('{"n":1}'))
  // The create may still be told of.
  await expect
    .poll(async () => {
      const { hits } = backend.report().nearCache!
      expect(bodyOf(await backend.read(key))).toBe('{"n":1}')
      return backend.report().nearCache!.hits > hits
    })
    .toBe(true)
}

describe('a session that was read', () => {
  it('is read again without a command', async () => {
    const near = await rig()
    await nearBy(near)
    const [before, { hits, entries }] = [await gets(), near.backend.report().nearCache!]
    for (let n = 0; n < 20; n++) expect(bodyOf(await near.backend.read(key))).toBe('{"n":1}')
    expect(await gets()).toBe(before)
    expect(near.backend.report().nearCache).toMatchObject({ hits: hits + 20, entries })
    expect(entries).toBe(1)
  })

  it('shows what another process has written', async () => {
    const near = await rig()
    await nearBy(near)
    await write('{"n":2}')
    await expect.poll(async () => bodyOf(await near.backend.read(key))).toBe('{"n":2}')
  })

  it.each(['destroyed', 'retired'] as const)('is gone when another process has it %s', async kind => {
    const near = await rig()
    await nearBy(near)
    const base = (await other.read(key)) as StoredRecord
    await other.end(key, kind === 'destroyed' ? { kind } : { kind, base })
    await expect.poll(() => near.backend.read(key)).toBe(kind === 'destroyed' ? null : 'retired')
  })

  it('is asked for when it is to be known for sure', async () => {
    const near = await rig()
    await nearBy(near)
    const before = await gets()
    expect(bodyOf(await near.backend.read(key, { fresh: true }))).toBe('{"n":1}')
    expect(await gets()).toBe(before + 1)
  })

  it('has no more than its time', async () => {
    const near = await rig()
    await other.create(key, fields('{"n":1}', 400))
    expect(bodyOf(await near.backend.read(key))).toBe('{"n":1}')
    await expect.poll(() => near.backend.read(key)).toBeNull()
  })

  it('goes with all others when Redis is emptied', async () => {
    const near = await rig()
    await nearBy(near)
    await trio.ask(await trio.currentPrimary(), 'FLUSHALL')
    await expect.poll(() => near.backend.report().nearCache!.entries).toBe(0)
    expect(await near.backend.read(key)).toBeNull()
  })
})

describe('the writes of this process', () => {
  it('are what it reads next, whatever Redis has told by then', async () => {
    const near = await rig(60_000)
    await nearBy(near)
    // From now on nothing is told.
    near.line.blackhole(true)
    const base = (await near.backend.read(key)) as StoredRecord
    await near.backend.replace(key, base, fields('{"n":2}'))
    expect(bodyOf(await near.backend.read(key))).toBe('{"n":2}')
    await near.backend.end(key, { kind: 'destroyed' })
    expect(await near.backend.read(key)).toBeNull()
  })

  it('so are those that end the sessions of a user', async () => {
    const near = await rig(60_000)
    const bound = (at: number) => ({ ...fields('{}'), createdAt: at, user: 'near:user:ada' })
    const read = (name: string) => near.backend.read(`${key}:${name}`)
    for (const name of ['a', 'b']) await other.create(`${key}:${name}`, bound(1))
    await expect
      .poll(async () => [await read('a'), await read('b'), near.backend.report().nearCache!.entries])
      .toEqual([expect.anything(), expect.anything(), 2])
    near.line.blackhole(true)
    // The third is one too many: the first has to go.
    await near.backend.create(`${key}:c`, bound(2), { bind: { max: 2, whenFull: 'end-oldest' } })
    expect([await read('a'), await read('b')].filter(found => found === null)).toHaveLength(1)
    expect(await near.backend.endAllOf('near:user:ada')).toBe(2)
    expect([await read('a'), await read('b'), await read('c')]).toEqual([null, null, null])
  })

  it('made on what was near and is older are told so, and end for good what has ended', async () => {
    const near = await rig(60_000)
    await nearBy(near)
    near.line.blackhole(true)
    await write('{"n":2}')
    const stale = (await near.backend.read(key)) as StoredRecord
    expect(stale.body).toBe('{"n":1}')
    const changed = await near.backend.replace(key, stale, fields('{"n":3}'))
    expect(changed).toMatchObject({ outcome: 'changed', current: { body: '{"n":2}' } })
    await other.end(key, { kind: 'destroyed' })
    expect(await near.backend.replace(key, stale, fields('{"n":3}'))).toEqual({ outcome: 'gone' })
    expect(await near.backend.read(key)).toBeNull()
  })
})

describe('what Redis tells', () => {
  it('also counts for a read whose reply it has overtaken', async () => {
    const near = await rig()
    await other.create(key, fields('{"n":1}'))
    near.lanes.delay(300)
    const before = await gets()
    const reading = near.backend.read(key)
    await expect.poll(gets, { interval: 5 }).toBeGreaterThan(before)
    // The reply is on its way, and what comes now is told at once.
    await write('{"n":2}')
    expect(bodyOf(await reading)).toBe('{"n":1}')
    near.lanes.delay(0)
    expect(bodyOf(await near.backend.read(key))).toBe('{"n":2}')
  })

  it('is not waited for longer than the age allows', async () => {
    const near = await rig(300)
    await nearBy(near)
    // A heartbeat was answered.
    const { sureUntil } = near.tracking
    await expect.poll(() => near.tracking.sureUntil).toBeGreaterThan(sureUntil)
    const frozenAt = performance.now()
    near.line.blackhole(true)
    await other.end(key, { kind: 'destroyed' })
    const served: number[] = []
    await expect
      .poll(async () => {
        served.push(near.tracking.sureUntil)
        return near.backend.read(key)
      })
      .toBeNull()
    // Past this it asks.
    expect(Math.max(...served)).toBeLessThanOrEqual(frozenAt + 300)
    // It is noticed, and when it is over sessions are near again.
    await expect.poll(() => near.events, { timeout: 5000 }).toContainEqual({ type: 'degraded', reason: 'near-cache' })
    expect(near.backend.report().status).toBe('degraded')
    near.line.blackhole(false)
    await sure(near)
    key = `${key}:again`
    await nearBy(near)
    expect(near.backend.report().status).toBe('ready')
  })

  it('is nothing while there is no line, and reads go to Redis', async () => {
    const near = await rig()
    await nearBy(near)
    await near.line.stop()
    await expect.poll(() => near.tracking.sureUntil).toBe(0)
    expect(near.backend.report()).toMatchObject({ status: 'degraded', nearCache: { entries: 0 } })
    await write('{"n":2}')
    expect(bodyOf(await near.backend.read(key))).toBe('{"n":2}')
    await write('{"n":3}')
    expect(bodyOf(await near.backend.read(key))).toBe('{"n":3}')
  })

  it('is heard again after the line was cut, and what was near by then is not', async () => {
    const near = await rig()
    await nearBy(near)
    near.line.reset()
    await expect.poll(() => near.backend.report().nearCache!.entries).toBe(0)
    await sure(near)
    await nearBy(near)
    await write('{"n":2}')
    await expect.poll(async () => bodyOf(await near.backend.read(key))).toBe('{"n":2}')
  })

  it('is of the keys with the prefix of the provider; others are not near', async () => {
    const near = await rig()
    key = `far:${keys}`
    await other.create(key, fields('{"n":1}'))
    await near.backend.read(key)
    expect(near.backend.report().nearCache!.entries).toBe(0)
    await write('{"n":2}')
    expect(bodyOf(await near.backend.read(key))).toBe('{"n":2}')
  })
})

describe('a session of a provider with nearCache', () => {
  const request = { secure: true, host: 'example.com', url: '/' }

  it('is verified in Redis, and gone from then on', async () => {
    const provider = redisSentinelProvider({ savePath: trio.savePath, nearCache: { maxAge: '60s', maxEntries: 10 } })
    const elsewhere = redisSentinelProvider({ savePath: trio.savePath })
    atEnd.push(
      () => provider.close(),
      () => elsewhere.close(),
    )
    await provider.ready()
    const manager = createSessionManager({ provider })
    const first = await manager.open({ ...request, header: () => undefined })
    first.session.set('user', 'ada')
    const { append } = await first.commit({ status: 200 })
    const cookie = append.find(([name]) => name === 'Set-Cookie')![1].split(';', 1)[0]
    const header = (name: string) => (name.toLowerCase() === 'cookie' ? cookie : undefined)
    const open = async () => (await manager.open({ ...request, header })).session
    await expect
      .poll(async () => {
        await open()
        return provider.report().nearCache!.hits
      })
      .toBeGreaterThan(0)
    const before = await gets()
    const session = await open()
    expect([session.get('user'), await gets()]).toEqual(['ada', before])
    await session.verify()
    expect(await gets()).toBe(before + 1)
    await elsewhere.sessionDestroy(session.sessionId())
    await expect(session.verify()).rejects.toMatchObject({ code: 'ERR_SESSION_DESTROYED' })
    expect((await open()).isNew).toBe(true)
  })

  it('is one of so many', async () => {
    const provider = redisSentinelProvider({ savePath: trio.savePath, nearCache: { maxEntries: 3 } })
    atEnd.push(() => provider.close())
    await provider.ready()
    const sids: string[] = []
    for (let n = 0; n < 5; n++) {
      const session = await provider.sessionRead('')
      session.set('n', n)
      await session.save()
      sids.push(session.sessionId())
    }
    await expect
      .poll(async () => {
        for (const sid of sids) await provider.sessionRead(sid)
        return provider.report().nearCache!.entries
      })
      .toBe(3)
  })
})

describe('a failover', () => {
  it('takes all that was near with it, and what the next primary tells is heard', async () => {
    const own = await startSentinel()
    const events: [BackendEvent, number][] = []
    const backend: RedisBackend = redisBackend({
      savePath: own.savePath,
      nearCache: true,
      onEvent: event => events.push([event, backend.report().nearCache!.entries]),
    })
    const elsewhere = redisBackend({ savePath: own.savePath })
    atEnd.push(
      () => own.stop(),
      () => backend.close(),
      () => elsewhere.close(),
    )
    await backend.ready()
    const read = async () => bodyOf(await backend.read(key))
    await elsewhere.create(key, fields('{"n":1}'))
    const isNear = async (): Promise<boolean> => {
      const { hits } = backend.report().nearCache!
      await read()
      return backend.report().nearCache!.hits > hits
    }
    await expect.poll(isNear).toBe(true)
    await own.failover()
    await expect.poll(() => events.map(([{ type }]) => type), { timeout: 10_000 }).toContain('failover')
    expect(events.find(([{ type }]) => type === 'failover')![1]).toBe(0)
    await expect.poll(isNear, { timeout: 5000 }).toBe(true)
    await elsewhere.end(key, { kind: 'destroyed' })
    await expect.poll(read).toBeUndefined()
    // Nothing is reported that is not so.
    expect(backend.report().status).toBe('ready')
  })
})
