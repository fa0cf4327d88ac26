/** What a login on a cluster sends, one after the other, and the rare turns that it takes; on one Redis, with every command in sight. */
import type { Binding, Fields, StoredRecord } from '@sentinel-session/core'
import { beforeEach, expect, it } from 'vitest'
import { SentinelBackend } from '../src/redis-backend.ts'
import { oneRedis } from './model/one-redis.ts'
import { settled, Wire } from './model/wire.ts'

const one = oneRedis()

let prefix: string
let user: string
let wire: Wire
let tests = 0
beforeEach(() => {
  tests += 1
  prefix = `commands${tests}:`
  user = `${prefix}user:ada`
  wire = new Wire(one.redis, prefix, undefined, undefined, key => (key === user ? 1 : 0))
})

let logins = 0
function fields(): Fields {
  logins += 1
  const now = Date.now()
  return { createdAt: now - 10_000 + logins, expiresAt: now + 60_000, body: '{}', user }
}

function anonymous(): Fields {
  const { user: _, ...rest } = fields()
  return rest
}

/** How many commands one after the other: what is on the wire at the same time counts once. */
async function turns<X>(work: Promise<X>): Promise<{ turns: number; answer: X }> {
  let isDone = false
  const over = (): void => {
    isDone = true
  }
  work.then(over, over)
  for (let turns = 0; ; turns++) {
    await settled()
    if (isDone) return { turns, answer: await work }
    await wire.round()
  }
}

async function done<X>(work: Promise<X>): Promise<X> {
  return (await turns(work)).answer
}

it('joins, and writes', async () => {
  const backend = new SentinelBackend(wire.link())
  expect((await turns(backend.create(`${prefix}a`, fields()))).turns).toBe(2)
  const base = (await done(backend.create(`${prefix}b`, anonymous())))!
  expect((await turns(backend.replace(`${prefix}b`, base, { ...base, user }, { bind: {} }))).turns).toBe(2)
  const from = { bind: { from: `${prefix}a` } }
  expect((await turns(backend.create(`${prefix}c`, fields(), from))).turns).toBe(2)
})

it('where one primary has all, joining and writing are one command, also at the limit', async () => {
  wire = new Wire(one.redis, prefix)
  const backend = new SentinelBackend(wire.link())
  for (const name of ['a', 'b', 'c']) {
    expect((await turns(backend.create(prefix + name, fields(), { bind: { max: 2 } }))).turns).toBe(1)
  }
  expect((await done(backend.membersOf(user))).map(({ key }) => key)).toEqual([`${prefix}b`, `${prefix}c`])
})

it('says nothing to the index where no user is concerned, or the user stays the same', async () => {
  const backend = new SentinelBackend(wire.link())
  expect((await turns(backend.create(`${prefix}a`, anonymous()))).turns).toBe(1)
  const base = (await done(backend.create(`${prefix}b`, fields())))!
  expect((await turns(backend.replace(`${prefix}b`, base, { ...base, body: '{"n":1}' }))).turns).toBe(1)
  expect((await turns(backend.end(`${prefix}b`, { kind: 'destroyed', user }))).turns).toBe(1)
})

it('with a limit asks how the others are only where it is reached, and ends one before it writes', async () => {
  const backend = new SentinelBackend(wire.link())
  const bind: Binding = { max: 2 }
  expect((await turns(backend.create(`${prefix}a`, fields(), { bind }))).turns).toBe(2)
  expect((await turns(backend.create(`${prefix}b`, fields(), { bind }))).turns).toBe(2)
  // Joins, asks, joins, ends the oldest, writes.
  expect((await turns(backend.create(`${prefix}c`, fields(), { bind }))).turns).toBe(5)
  expect((await done(backend.membersOf(user))).map(({ key }) => key)).toEqual([`${prefix}b`, `${prefix}c`])
})

it('a login that a later one has pushed out before it was written is over, and no error', async () => {
  const backend = new SentinelBackend(wire.link())
  const bind: Binding = { max: 1 }
  const first = backend.create(`${prefix}a`, fields(), { bind })
  await settled()
  await wire.step(0, 'deliver')
  const second = backend.create(`${prefix}b`, fields(), { bind })
  await settled()
  // All of the second, while the write of the first waits.
  for (let i = 0; i < 4; i++) await wire.step(1, 'deliver')
  expect(await done(Promise.all([first, second]))).toEqual([expect.anything(), expect.anything()])
  expect(await done(backend.read(`${prefix}a`))).toBeNull()
  expect((await done(backend.membersOf(user))).map(({ key }) => key)).toEqual([`${prefix}b`])
})

it('what is nobody’s yet goes on without its user when all sessions of the user end', async () => {
  const backend = new SentinelBackend(wire.link())
  const key = `${prefix}a`
  const base = (await done(backend.create(key, anonymous())))!
  const binding = backend.replace(key, base, { ...base, user }, { bind: { since: 0 } })
  await settled()
  await wire.step(0, 'deliver')
  const ending = backend.endAllOf(user)
  await settled()
  for (let i = 0; i < 3; i++) await wire.step(1, 'deliver')
  expect(await ending).toBe(0)
  const { outcome, current } = (await done(binding)) as { outcome: string; current: StoredRecord }
  expect([outcome, current.user, current.body]).toEqual(['changed', undefined, '{}'])
  const again = backend.replace(key, current, { ...current, user }, { bind: { since: 0 } })
  await expect(done(again)).rejects.toMatchObject({ code: 'ERR_SESSION_CONFLICT', field: 'since' })
  expect(await done(backend.read(key))).toMatchObject({ body: '{}' })
})

it('and what would have ended it then, and comes late, does not end it when it is bound later', async () => {
  const backend = new SentinelBackend(wire.link())
  const key = `${prefix}a`
  const base = (await done(backend.create(key, anonymous())))!
  const binding = backend.replace(key, base, { ...base, user }, { bind: {} })
  await settled()
  await wire.step(0, 'deliver')
  const ending = backend.endAllOf(user)
  await settled()
  for (let i = 0; i < 2; i++) await wire.step(1, 'deliver')
  await wire.step(1, 'linger')
  await wire.step(1, 'deliver')
  await ending
  const { current } = (await done(binding)) as { current: StoredRecord }
  await wire.rest()
  const bound = await done(backend.replace(key, current, { ...current, user }, { bind: {} }))
  expect(bound).toMatchObject({ outcome: 'ok' })
  await wire.latecomers()
  expect(await done(backend.read(key))).toMatchObject({ user })
})

it('what a single server has listed, from which the data came, is listed, counted and ended', async () => {
  const backend = new SentinelBackend(wire.link())
  const bind: Binding = { max: 2, whenFull: 'reject' }
  const key = `${prefix}a`
  const { createdAt } = (await done(backend.create(key, fields(), { bind: { label: 'new' } })))!
  await one.redis.hset(user, { [key]: `0  ${createdAt}  a label`, [`${prefix}gone`]: '0 1 1  ' })
  expect(await done(backend.membersOf(user))).toMatchObject([{ key, label: 'a label', createdAt }])
  await done(backend.create(`${prefix}b`, fields(), { bind }))
  const late = backend.create(`${prefix}c`, fields(), { bind })
  await expect(done(late)).rejects.toMatchObject({ code: 'ERR_SESSION_LIMIT' })
  expect(await done(backend.endAllOf(user))).toBe(2)
  expect(await done(backend.read(key))).toBeNull()
})

it('hundreds of sessions are listed, and ended, in parts', async () => {
  const backend = new SentinelBackend(wire.link())
  const budget = { leftMs: 5000 }
  const keys = Array.from({ length: 250 }, (_, i) => `${prefix}${i}`)
  await done(Promise.all(keys.map(key => backend.create(key, fields()))))
  expect((await done(backend.membersOf(user))).map(({ key }) => key)).toEqual(keys)
  await done(backend.create(`${prefix}last`, fields(), { bind: { max: 1 }, budget }))
  expect((await done(backend.membersOf(user))).map(({ key }) => key)).toEqual([`${prefix}last`])
  expect(budget.leftMs).toBeGreaterThan(0)
})

it('a session that was to go, and whose end was never sent, ends when it asks for another sid', async () => {
  const [dying, backend] = [wire.link(), new SentinelBackend(wire.link())]
  const bind: Binding = { max: 1 }
  await done(backend.create(`${prefix}a`, fields(), { bind }))
  void new SentinelBackend(dying).create(`${prefix}b`, fields(), { bind })
  await settled()
  for (let i = 0; i < 3; i++) await wire.step(0, 'deliver')
  wire.drop(dying)
  expect(await done(backend.read(`${prefix}a`))).not.toBeNull()
  const moving = backend.create(`${prefix}c`, fields(), { bind: { from: `${prefix}a` } })
  await expect(done(moving)).rejects.toMatchObject({ code: 'ERR_SESSION_DESTROYED' })
  expect(await done(backend.read(`${prefix}a`))).toBeNull()
  expect(await done(backend.membersOf(user))).toEqual([])
})
