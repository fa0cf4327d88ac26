/** Beego's providers by name on a real Redis, over real HTTP, with the save paths that a fleet has. */
import { createHash } from 'node:crypto'
import { type Manager, newManager, registerProvider, type SessionEvent } from '@sentinel-session/core'
import { redisSentinelProvider } from '@sentinel-session/redis'
import '@sentinel-session/redis/register'
import { type SentinelTrio, startSentinel } from '@sentinel-session/testing/sentinel'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Site, startSite, Visitor } from './site.ts'

const password = 'canary'
const stops: (() => unknown)[] = []
let trio: SentinelTrio
let redis: Redis
beforeAll(async () => {
  trio = await startSentinel({ password })
  const { host, port } = await trio.currentPrimary()
  redis = new Redis(port, host, { password, retryStrategy: () => null })
})
afterAll(async () => {
  redis?.disconnect()
  await trio?.stop()
})
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

const config = { cookieName: 'beegosessionID', enableSetCookie: true, gclifetime: 60, maxLifetime: 3600 }

const savePaths: Record<string, () => string> = {
  comma: () => trio.savePath,
  JSON: () =>
    JSON.stringify({ SAVE_PATH: trio.sentinels.join(' ; '), password, master_name: 'mymaster', poolsize: 10 }),
  server: () => `127.0.0.1:${redis.options.port},100,${password},0,30`,
}

async function serve(
  name: string,
  providerConfig: string,
  more: object = {},
): Promise<{ manager: Manager; site: Site }> {
  // As a text, since that is what a fleet has.
  const manager = await newManager(name, JSON.stringify({ ...config, providerConfig, ...more }))
  stops.push(() => manager.close())
  const site = await startSite(manager)
  stops.push(() => site.stop())
  return { manager, site }
}

describe.each([
  ['redis_sentinel', 'comma'],
  ['redis_sentinel', 'JSON'],
  ['redis', 'server'],
])('the provider %s, by its save path: %s', (name, form) => {
  const path = (): string => savePaths[form]!()

  it('keeps a session over HTTP, for maxLifetime, under a hash of its sid', async () => {
    const { site } = await serve(name, path())
    const visitor = new Visitor()
    await visitor.get(`${site.origin}/visit`)
    expect((await visitor.get(`${site.origin}/visit`)).json).toEqual({ n: 2, isNew: false })
    const sid = visitor.cookie!.split('=')[1]!
    const key = `sess:${createHash('sha256').update(sid).digest('base64url')}`
    const ttl = await redis.ttl(key)
    expect(ttl).toBeGreaterThan(3500)
    expect(ttl).toBeLessThanOrEqual(3600)
    expect(await redis.get(key)).not.toContain(sid)
  })

  it('stores nothing for a visitor for whom nothing is set', async () => {
    const { site } = await serve(name, path())
    const before = await redis.dbsize()
    const visitor = new Visitor()
    await visitor.get(`${site.origin}/`)
    expect(visitor.lines).toEqual([])
    expect(await redis.dbsize()).toBe(before)
  })

  it('gives a new sid at the login, with what the request set, and the old one opens nothing', async () => {
    const { site, manager } = await serve(name, path())
    const visitor = new Visitor()
    await visitor.get(`${site.origin}/visit`)
    const old = visitor.cookie!
    expect((await visitor.get(`${site.origin}/login`)).json).toEqual({ n: 1, user: 'u1', isNew: false })
    expect(visitor.cookie).not.toBe(old)
    expect((await visitor.get(`${site.origin}/`)).json).toMatchObject({ n: 1, user: 'u1' })
    expect(await manager.getSessionStore(old.split('=')[1]!)).toBeNull()
  })

  it('ends a session for good at the logout, with a release behind it', async () => {
    const { site, manager } = await serve(name, path())
    const visitor = new Visitor()
    await visitor.get(`${site.origin}/visit`)
    const [thief, sid] = [new Visitor(), visitor.cookie!.split('=')[1]!]
    thief.cookie = visitor.cookie
    expect((await visitor.get(`${site.origin}/logout`)).json).toEqual({ over: true })
    expect(visitor.cookie).toBeUndefined()
    expect((await thief.get(`${site.origin}/`)).json).toEqual({ isNew: true })
    expect(await manager.getSessionStore(sid)).toBeNull()
  })

  it('works by header alone, regenerate and destroy too', async () => {
    const header = { enableSetCookie: false, enableSidInHTTPHeader: true, sessionNameInHTTPHeader: 'Beego-Sid' }
    const { site, manager } = await serve(name, path(), header)
    const visitor = new Visitor()
    await visitor.get(`${site.origin}/visit`)
    const first = visitor.sid!
    expect((await visitor.get(`${site.origin}/login`)).json).toMatchObject({ n: 1, user: 'u1' })
    expect(visitor.sid).not.toBe(first)
    const second = visitor.sid!
    await visitor.get(`${site.origin}/logout`)
    expect(visitor.sid).toBe('')
    expect(await Promise.all([first, second].map(sid => manager.getSessionStore(sid)))).toEqual([null, null])
  })

  it('does not close the store of another manager', async () => {
    const [one, two] = [await serve(name, path()), await serve(name, path())]
    const visitor = new Visitor()
    await visitor.get(`${one.site.origin}/visit`)
    await one.manager.close()
    expect((await visitor.get(`${two.site.origin}/visit`)).json).toMatchObject({ n: 2 })
  })
})

describe('newManager on Redis', () => {
  const refusal = (name: string, providerConfig: string) =>
    newManager(name, { ...config, providerConfig }).then(
      () => 'none',
      ({ code, field, message }) => `${code} ${field} ${/canary/.test(message)}`,
    )

  it('says what is wrong with a save path, and never shows it', async () => {
    expect(await refusal('redis_sentinel', '')).toBe('ERR_SAVE_PATH_EMPTY savePath false')
    expect(await refusal('redis_sentinel', ',100,canary')).toBe('ERR_SAVE_PATH_FIELD addr false')
    expect(await refusal('redis_sentinel', '{"password":"canary"')).toMatch(/^ERR_SAVE_PATH_JSON .* false$/)
    expect(await refusal('redis', 'a;b,100,canary')).toBe('ERR_SAVE_PATH_FIELD addr false')
  })

  it('tells the one onEvent what the backend sees', async () => {
    await using failing = await startSentinel()
    const told: SessionEvent[] = []
    const onEvent = (event: SessionEvent) => told.push(event)
    const manager = await newManager('redis_sentinel', { ...config, providerConfig: failing.savePath }, { onEvent })
    stops.push(() => manager.close())
    const dead = await failing.killPrimary()
    await failing.waitForPrimaryChange(dead)
    expect(await manager.read('a'.repeat(32))).toBeNull()
    expect(told).toContainEqual({ type: 'degraded', reason: 'unavailable' })
    expect(told.map(({ type }) => type)).toContain('failover')
  })

  it('fails at the start where Redis refuses', async () => {
    expect(await refusal('redis', `127.0.0.1:${redis.options.port},100,wrong-canary`)).toMatch(
      /^ERR_BACKEND_AUTH .* false$/,
    )
    expect(await refusal('redis_sentinel', trio.savePath.replace('mymaster', 'other'))).toMatch(
      /^ERR_BACKEND_MASTER_NAME/,
    )
  })

  it('takes a factory of yours, for what a save path cannot say', async () => {
    registerProvider('redis_sentinel with a budget', storage =>
      redisSentinelProvider({ ...storage, savePath: trio.savePath, failoverBudget: '2s' }),
    )
    const manager = await newManager('redis_sentinel with a budget', config, { keyPrefix: 'mine:' })
    stops.push(() => manager.close())
    const session = await manager.getProvider().sessionRead('x')
    session.set('n', 1)
    await session.sessionRelease()
    expect(session.sessionId()).toMatch(/^[0-9a-f]{32}$/)
    expect(await redis.keys('mine:*')).toHaveLength(1)
  })
})

describe('redisSentinelProvider without options', () => {
  it("is configured by sessionInit, as Beego's is", async () => {
    const provider = redisSentinelProvider()
    stops.push(() => provider.close())
    await expect(provider.ready()).rejects.toMatchObject({ code: 'ERR_CONFIG_CONNECTION' })
    await provider.sessionInit(60, trio.savePath)
    expect(provider.report()).toMatchObject({ status: 'ready', topology: 'sentinel' })
    const session = await provider.sessionRead('x')
    session.set('n', 1)
    await session.sessionRelease()
    const sid = session.sessionId()
    expect((await provider.sessionRead(sid)).expiresAt! - Date.now()).toBeLessThanOrEqual(60_000)
    const moved = await provider.sessionRegenerate(sid, 'a'.repeat(43))
    expect([await provider.sessionExist(sid), moved.get('n')]).toEqual([false, 1])
    await provider.sessionDestroy('a'.repeat(43))
    expect(await provider.sessionExist('a'.repeat(43))).toBe(false)
  })
})
