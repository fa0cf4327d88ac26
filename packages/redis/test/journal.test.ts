/** What a process writes again on a primary that is behind or empty, step by step, where a random run would take long to come by. */
import { createProvider, type Provider, type SessionStore } from '@sentinel-session/core'
import { beforeEach, expect, it } from 'vitest'
import { SentinelBackend } from '../src/redis-backend.ts'
import { oneRedis } from './model/one-redis.ts'
import { settled, Wire } from './model/wire.ts'

const one = oneRedis()

const UNKNOWN_SID = 'a'.repeat(43)
let wire: Wire
let prefix = ''
beforeEach(() => {
  prefix = `journal${Math.random().toString(36).slice(2)}:`
  wire = new Wire(one.redis, prefix)
})

function instance(maxBytes?: number): Provider {
  return createProvider(new SentinelBackend(wire.link()), { keyPrefix: prefix, ...(maxBytes && { maxBytes }) })
}

async function login(provider: Provider): Promise<SessionStore> {
  const session = await provider.sessionRead('none')
  session.set('n', 0)
  await wire.until(session.save())
  return session
}

async function change(session: SessionStore, values: Record<string, unknown>): Promise<void> {
  for (const [key, value] of Object.entries(values)) session.set(key, value)
  await wire.until(session.save())
}

/** Nothing is sent before a process has caught up, whatever it is that it wants. */
async function catchUp(provider: Provider): Promise<void> {
  expect(await wire.until(provider.sessionExist(UNKNOWN_SID))).toBe(false)
}

async function stored(): Promise<string[]> {
  const keys = await one.redis.keys(`${prefix}*`)
  return (await one.redis.mget(keys)).map(value => value!).sort()
}

async function values(): Promise<unknown> {
  return JSON.parse((await stored()).at(-1)!).d
}

it('a commit that is held is not taken for what its process has merged', async () => {
  const [a, b] = [instance(), instance()]
  const first = await login(a)
  const second = await wire.until(b.sessionRead(first.sessionId()))
  await wire.snapshot()
  await change(first, { one: 1 })
  first.set('three', 3)
  const held = first.save()
  await settled()
  await wire.step(0, 'lose')
  await wire.change('behind')
  second.set('two', 2)
  const saving = second.save()
  await settled()
  await wire.step(1, 'deliver')
  await wire.until(saving)
  await wire.until(held)
  expect(await values()).toEqual({ n: 0, one: 1, two: 2, three: 3 })
})

it('what another process has removed on the new primary stays removed', async () => {
  const [a, b] = [instance(), instance()]
  const first = await login(a)
  await change(first, { mfa: true })
  await wire.snapshot()
  await change(first, { page: 7 })
  await wire.change('behind')
  const second = await wire.until(b.sessionRead(first.sessionId()))
  second.delete('mfa')
  await wire.until(second.save())
  await catchUp(a)
  expect(await values()).toEqual({ n: 0, page: 7 })
})

it('a commit that is answered after the logout does not take its place', async () => {
  const link = wire.link()
  let answer = Promise.resolve()
  const { send } = link
  link.send = async (kind, sending, budget, route) => {
    const sent = await send(kind, sending, budget, route)
    if (sending.parts[0]![4] === 'replace') await answer
    return sent
  }
  const backend = new SentinelBackend(link)
  const a = createProvider(backend, { keyPrefix: prefix })
  const session = await login(a)
  let release: (() => void) | undefined
  answer = new Promise(resolve => {
    release = resolve
  })
  session.set('late', true)
  const saving = session.save()
  await settled()
  await wire.rest()
  const [key] = await one.redis.keys(`${prefix}*`)
  await wire.until(backend.end(key!, { kind: 'destroyed' }))
  release!()
  await saving
  await wire.change('empty')
  await catchUp(a)
  expect(await stored()).toEqual([expect.stringMatching(/^-destroyed /)])
})

it('two halves that are too large together stop nobody else', async () => {
  const [a, b] = [instance(1000), instance(1000)]
  const first = await login(a)
  await wire.snapshot()
  await change(first, { a: 'x'.repeat(600) })
  await wire.change('behind')
  const second = await wire.until(b.sessionRead(first.sessionId()))
  await change(second, { b: 'y'.repeat(600) })
  await catchUp(a)
  expect(await values()).toEqual({ n: 0, b: 'y'.repeat(600) })
})

it('a sid that was replaced is replaced again, not logged out', async () => {
  const a = instance()
  const session = await login(a)
  session.regenerate()
  await wire.until(session.save())
  await wire.change('empty')
  await catchUp(a)
  expect(await stored()).toEqual([expect.stringMatching(/^-retired /), expect.stringContaining('"d":{"n":0}')])
})

it('a regenerate that is taken back and made again by another process leaves both new sids, as docs/failover.md says', async () => {
  const [a, b] = [instance(), instance()]
  const first = await login(a)
  const old = first.sessionId()
  const second = await wire.until(b.sessionRead(old))
  second.regenerate()
  await wire.until(second.save())
  await wire.change('empty')
  first.regenerate()
  await wire.until(first.save())
  await catchUp(b)
  expect(wire.takenBack).toBe(1)
  expect(await wire.until(a.sessionExist(old))).toBe(false)
  expect(await wire.until(a.sessionExist(first.sessionId()))).toBe(true)
  expect(await wire.until(a.sessionExist(second.sessionId()))).toBe(true)
})

it('a deadline that another process has moved is not moved back', async () => {
  const [a, b] = [new SentinelBackend(wire.link()), new SentinelBackend(wire.link())]
  const now = Date.now()
  const fields = (body: string) => ({ createdAt: now, expiresAt: now + 60_000, body })
  const key = `${prefix}key`
  const base = await wire.until(a.create(key, fields('{"n":0}')))
  await wire.snapshot()
  await wire.until(a.replace(key, base!, fields('{"n":1}')))
  await wire.change('behind')
  await wire.until(b.touch(key, now + 600_000))
  await wire.until(a.read(`${prefix}other`))
  expect(await values()).toEqual({ n: 1 })
  expect(await one.redis.pttl(key)).toBeGreaterThan(500_000)
})

it('a commit on what a primary has lost brings it back, before its writer has caught up', async () => {
  const [a, b] = [instance(), instance()]
  const first = await login(a)
  await wire.snapshot()
  first.update('n', n => (n as number) + 1)
  await wire.until(first.save())
  const second = await wire.until(b.sessionRead(first.sessionId()))
  await wire.change('behind')
  second.update('n', n => (n as number) + 1)
  await wire.until(second.save())
  expect(await values()).toEqual({ n: 2 })
  await catchUp(a)
  expect(await values()).toEqual({ n: 2 })
})
