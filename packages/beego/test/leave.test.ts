/** The last stage: what Beego stored becomes our own as it is used, and nobody is logged out. */
import { createHash } from 'node:crypto'
import { beegoLayout, gobCodec, type LeaveOptions, leaveBeego } from '@sentinel-session/beego'
import { createSessionManager, type Manager, newManager, registerProvider } from '@sentinel-session/core'
import { redisSentinelProvider } from '@sentinel-session/redis'
import '@sentinel-session/redis/register'
import { type SentinelTrio, startSentinel } from '@sentinel-session/testing/sentinel'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Beego } from './support/beego.ts'
import { type Routes, type Site, startSite } from './support/site.ts'
import { vectors } from './support/vectors.ts'

let trio: SentinelTrio
let redis: Redis
let beego: Beego
let sid: string
const stops: (() => unknown)[] = []
beforeAll(async () => {
  trio = await startSentinel()
  const { host, port } = await trio.currentPrimary()
  redis = new Redis(port, host, { retryStrategy: () => null })
  beego = new Beego(redis)
  registerProvider('leaving Beego', () => leave())
})
afterAll(async () => {
  redis?.disconnect()
  await trio?.stop()
})
beforeEach(() => {
  sid = beego.newSid()
})
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

function shared() {
  return redisSentinelProvider({ savePath: trio.savePath, layout: beegoLayout(), codec: gobCodec() })
}
function leave(options: LeaveOptions = {}) {
  return leaveBeego(shared(), storage => redisSentinelProvider({ savePath: trio.savePath, ...storage }), options)
}

/** With the cookie of the fleet. */
function managerOf(): Manager {
  const provider = leave({ sids: 'native' })
  stops.push(() => provider.close())
  return createSessionManager({ provider, cookie: { name: 'beegosessionID', secure: false } })
}

async function site(routes: Routes = {}, manager = managerOf()): Promise<Site> {
  const started = await startSite(manager, routes)
  stops.push(() => started.stop())
  return started
}

const cookie = (value = sid) => `beegosessionID=${value}`
const hashed = (value = sid) => `sess:${createHash('sha256').update(value).digest('base64url')}`
const bytesOf = (name: string) => vectors.find(vector => vector.name === name)!.bytes

describe('a session of Beego that is used', () => {
  it('is found with its cookie, and stored under a hash, as JSON, with the time that it had left', async () => {
    await beego.release(sid, bytesOf('login'))
    await redis.expire(sid, 1000)
    const { get } = await site()
    const { body, cookies } = await get('/', cookie())
    expect(JSON.parse(body)).toEqual({ isNew: false, values: { uid: 42, name: 'ada', at: '2023-11-14T22:13:20.123Z' } })
    expect(cookies).toEqual([])
    expect(await beego.read(sid)).toBeNull()
    const stored = JSON.parse((await redis.get(hashed()))!) as { d: object }
    expect(stored.d).toEqual({ uid: 42, name: 'ada', at: { $date: 1_700_000_000_123 } })
    expect(JSON.parse((await get('/', cookie())).body)).toMatchObject({ isNew: false, values: { uid: 42 } })
  })

  it.each(vectors)('keeps its values: $title', async ({ bytes }) => {
    await beego.release(sid, bytes)
    const before = await gobCodec().decode(bytes, { key: '', header: '' })
    const after = (await managerOf().getSessionStore(sid))!
    expect({ ...after.data }).toEqual({ ...before })
  })

  it('is moved once, however many requests come at once, in two processes', async () => {
    await beego.release(sid, bytesOf('login'))
    const routes: Routes = { '/count': session => session.update('uid', (uid: number) => uid + 1) }
    const [one, two] = [await site(routes), await site(routes)]
    const all = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? one : two).get('/count', cookie()))
    expect(new Set((await Promise.all(all)).map(({ status }) => status))).toEqual(new Set([200]))
    expect(JSON.parse((await one.get('/', cookie())).body).values.uid).toBe(142)
  })

  it('takes with it what a process that still shares writes meanwhile, and that one is told', async () => {
    await beego.release(sid, bytesOf('login'))
    const sharing = createSessionManager({ provider: shared(), timeouts: { absolute: 'none' } })
    stops.push(() => sharing.getProvider().close())
    const there = (await sharing.getSessionStore(sid))!
    const here = managerOf()
    expect((await here.getSessionStore(sid))!.get('uid')).toBe(42)
    there.set('uid', 43)
    await expect(there.save()).rejects.toMatchObject({ code: 'ERR_SESSION_DESTROYED' })
    const { get } = await startSite(sharing, {})
    // It is not new: its cookie is neither cleared nor set.
    expect((await get('/', cookie())).cookies).toEqual([])
  })

  it('gets a sid of ours when it regenerates, and ends for good at the logout', async () => {
    await beego.release(sid, bytesOf('login'))
    const { get } = await site({
      '/login': session => session.regenerate(),
      '/logout': session => session.destroy(),
    })
    const [line] = (await get('/login', cookie())).cookies
    const fresh = /^beegosessionID=([\w-]{43});/.exec(line!)![1]!
    expect(await redis.exists(sid, hashed(fresh))).toBe(1)
    expect(JSON.parse((await get('/', cookie(fresh))).body)).toMatchObject({ isNew: false, values: { uid: 42 } })
    await get('/logout', cookie(fresh))
    expect(JSON.parse((await get('/', cookie(fresh))).body)).toEqual({ isNew: true, values: {} })
  })

  it('that logs out with its first request leaves nothing behind', async () => {
    await beego.release(sid, bytesOf('login'))
    await managerOf().getProvider().sessionDestroy(sid)
    expect(await beego.read(sid)).toBeNull()
    expect(await redis.get(hashed())).toMatch(/^-destroyed/)
  })

  it('that nobody can read stays where it is', async () => {
    await beego.release(sid, 'no gob')
    const { get } = await site()
    expect((await get('/', cookie())).status).toBe(500)
    expect(String(await beego.read(sid))).toBe('no gob')
  })
})

describe('all others', () => {
  it('are new: a sid that is nowhere, and none at all', async () => {
    const { get } = await site({ '/set': session => session.set('uid', 1) })
    expect(JSON.parse((await get('/', cookie())).body)).toEqual({ isNew: true, values: {} })
    const [line] = (await get('/set')).cookies
    expect(line).toMatch(/^beegosessionID=[\w-]{43};/)
    expect(JSON.parse((await get('/', line!.split(';')[0])).body)).toEqual({ isNew: false, values: { uid: 1 } })
  })

  it("may come by Beego's config, with sids of its form, which stay good when the last stage is over", async () => {
    await beego.release(sid, bytesOf('login'))
    const config = { cookieName: 'beegosessionID', enableSetCookie: true, gclifetime: 60 }
    const routes: Routes = { '/set': session => session.set('uid', 1) }
    const manager = await newManager('leaving Beego', config)
    stops.push(() => manager.close())
    const leaving = await site(routes, manager)
    expect(JSON.parse((await leaving.get('/', cookie())).body)).toMatchObject({ isNew: false, values: { uid: 42 } })
    const [line] = (await leaving.get('/set')).cookies
    const fresh = /^beegosessionID=([0-9a-f]{32});/.exec(line!)![1]!
    expect(JSON.parse((await leaving.get('/', cookie(fresh))).body)).toEqual({ isNew: false, values: { uid: 1 } })

    const native = await newManager('redis_sentinel', { ...config, providerConfig: trio.savePath })
    stops.push(() => native.close())
    const after = await site(routes, native)
    expect(JSON.parse((await after.get('/', cookie())).body)).toMatchObject({ isNew: false, values: { uid: 42 } })
    expect(JSON.parse((await after.get('/', cookie(fresh))).body)).toEqual({ isNew: false, values: { uid: 1 } })
  })
})
