/** A Koa application beside a Beego fleet, on a real Sentinel deployment, with sessions that a real Beego stored. */
import { beegoLayout, gobCodec, goInt64 } from '@sentinel-session/beego'
import {
  createProvider,
  createSessionManager,
  type Manager,
  memoryBackend,
  newManager,
  type SessionOptions,
} from '@sentinel-session/core'
import { redisSentinelSession } from '@sentinel-session/koa'
import { redisSentinelProvider } from '@sentinel-session/redis'
import '@sentinel-session/redis/register'
import { type SentinelTrio, startSentinel } from '@sentinel-session/testing/sentinel'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readSession } from '../src/gob/read-session.ts'
import { Beego } from './support/beego.ts'
import { differenceOf } from './support/nodes.ts'
import { type Routes, type Site, startSite } from './support/site.ts'
import { type Vector, vectors } from './support/vectors.ts'

const password = 'canary'
/** As app.conf of a Beego application has it. */
const config = {
  cookieName: 'beegosessionID',
  enableSetCookie: true,
  gclifetime: 3600,
  maxLifetime: 3600,
  ProviderConfig: '',
}

let trio: SentinelTrio
let redis: Redis
let beego: Beego
let sid: string
const stops: (() => unknown)[] = []
beforeAll(async () => {
  trio = await startSentinel({ password })
  const { host, port } = await trio.currentPrimary()
  redis = new Redis(port, host, { password, retryStrategy: () => null })
  beego = new Beego(redis)
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

async function join(more: object = {}, layout = beegoLayout(), beyond: object = {}): Promise<Manager> {
  const text = JSON.stringify({ ...config, ProviderConfig: trio.savePath, ...more })
  const manager = await newManager('redis_sentinel', text, { layout, codec: gobCodec(), ...beyond })
  stops.push(() => manager.close())
  return manager
}

async function site(manager: Manager, routes: Routes = {}): Promise<Site> {
  const started = await startSite(manager, routes)
  stops.push(() => started.stop())
  return started
}

const captured = (name: string): Vector => vectors.find(vector => vector.name === name)!
const cookie = (value = sid) => `beegosessionID=${value}`
const typesUnder = async (key: string) =>
  Object.fromEntries(
    readSession((await beego.read(key))!).entries.map(([name, held]) => [String(name!.value), held?.name]),
  )

describe('the session of a Beego visitor', () => {
  it('is read with its cookie, as Beego read it, and not written', async () => {
    const { bytes } = captured('login')
    await beego.release(sid, bytes)
    const { get } = await site(await join())
    const { body, cookies } = await get('/', cookie())
    expect(JSON.parse(body)).toEqual({
      isNew: false,
      values: { uid: 42, name: 'ada', at: '2023-11-14T22:13:20.123Z' },
    })
    expect(cookies).toEqual([])
    expect(await beego.read(sid)).toEqual(bytes)
  })

  it.each(vectors)('is changed, and Beego finds all else of it as it was: $title', async ({ bytes, values }) => {
    await beego.release(sid, bytes)
    const { get } = await site(await join(), { '/set': session => session.set('ours', goInt64(7)) })
    expect(await get('/set', cookie())).toMatchObject({ status: 200, cookies: [] })
    const ours = [
      { t: 'string', v: 'ours' },
      { t: 'int64', v: '7' },
    ] as NonNullable<typeof values.entries>[number]
    const entries = [...values.entries!, ours]
    expect(differenceOf(readSession((await beego.read(sid))!), { ...values, entries })).toBeUndefined()
    const ttl = await redis.ttl(sid)
    expect(ttl).toBeGreaterThan(3500)
    expect(ttl).toBeLessThanOrEqual(3600)
  })

  it('keeps its types where its values change', async () => {
    await beego.release(sid, captured('login').bytes)
    const { get } = await site(await join(), {
      '/set': session => {
        session.data.uid += 1
        session.set('name', 'grace')
        session.set('at', new Date(0))
      },
    })
    await get('/set', cookie())
    expect(await typesUnder(sid)).toEqual({ uid: 'int', name: 'string', at: 'time.Time' })
    expect(JSON.parse((await get('/', cookie())).body).values).toEqual({
      uid: 43,
      name: 'grace',
      at: '1970-01-01T00:00:00.000Z',
    })
  })

  it('lives on while it is only read: its TTL slides, and nothing else', async () => {
    const { bytes } = captured('struct-user')
    await beego.release(sid, bytes)
    await redis.expire(sid, 100)
    const { get } = await site(await join())
    await get('/', cookie())
    expect(await redis.ttl(sid)).toBeGreaterThan(3500)
    expect(await beego.read(sid)).toEqual(bytes)
  })

  it('is not even touched in the shadow', async () => {
    await beego.release(sid, captured('struct-user').bytes)
    await redis.expire(sid, 100)
    const { get } = await site(await join({}, beegoLayout(), { timeouts: { touchInterval: '365d' } }))
    expect(JSON.parse((await get('/', cookie())).body).isNew).toBe(false)
    expect(await redis.ttl(sid)).toBeLessThanOrEqual(100)
  })

  it('is filled where Beego stored nothing but its sid', async () => {
    await beego.release(sid, '')
    const { get } = await site(await join(), { '/set': session => session.set('uid', 1) })
    expect(JSON.parse((await get('/', cookie())).body)).toEqual({ isNew: false, values: {} })
    await get('/set', cookie())
    expect(await typesUnder(sid)).toEqual({ uid: 'int' })
  })

  it('that nobody can read is left as it is, and its visitor told', async () => {
    await beego.release(sid, 'no gob')
    const { get } = await site(await join(), { '/set': session => session.set('uid', 1) })
    expect((await get('/set', cookie())).status).toBe(500)
    expect(String(await beego.read(sid))).toBe('no gob')
    const forgiving = await site(await join({}, beegoLayout(), { failure: { onMalformed: 'new' } }), {
      '/set': session => session.set('uid', 1),
    })
    expect((await forgiving.get('/set', cookie())).cookies).toHaveLength(1)
    expect(String(await beego.read(sid))).toBe('no gob')
  })
})

describe('a session that begins here', () => {
  it('has the cookie, the sid and the key of Beego, and values that it reads', async () => {
    const { get } = await site(await join(), { '/login': session => session.set('uid', 5) })
    const { cookies } = await get('/login')
    expect(cookies).toEqual([expect.stringMatching(/^beegosessionID=[0-9a-f]{32}; Path=\/; HttpOnly$/)])
    const [, fresh] = /=([0-9a-f]+)/.exec(cookies[0]!)!
    expect(await typesUnder(fresh!)).toEqual({ uid: 'int' })
    expect(await redis.ttl(fresh!)).toBeGreaterThan(3500)
  })

  it('has the prefix of the fleet, escaped as Go does', async () => {
    const options = { sidPrefix: 'p q+/' }
    const manager = await join({ sessionIDPrefix: options.sidPrefix }, beegoLayout(options))
    const { get } = await site(manager, { '/login': session => session.set('uid', 5) })
    const { cookies } = await get('/login')
    const [, fresh] = /^beegosessionID=p\+q%2B%2F([0-9a-f]{32});/.exec(cookies[0]!)!
    expect(await typesUnder(`p q+/${fresh}`)).toEqual({ uid: 'int' })
    expect(JSON.parse((await get('/', cookies[0]!.split(';')[0])).body)).toEqual({ isNew: false, values: { uid: 5 } })
  })

  it('is no text of a client, however it looks to Redis', async () => {
    await redis.set('other key', 'secret')
    await redis.set('{x}:beside', '')
    const { get } = await site(await join())
    for (const text of ['other+key', '%7Bx%7D%3Abeside', 'A'.repeat(32)]) {
      expect(JSON.parse((await get('/', cookie(text))).body)).toEqual({ isNew: true, values: {} })
    }
  })
})

describe('a new sid', () => {
  it('given here moves the bytes as they are, as a RENAME does', async () => {
    const { bytes } = captured('struct-user')
    await beego.release(sid, bytes)
    const { get } = await site(await join(), { '/login': session => session.regenerate() })
    const { cookies } = await get('/login', cookie())
    const fresh = /=([0-9a-f]{32});/.exec(cookies[0]!)![1]!
    expect(fresh).not.toBe(sid)
    expect(await beego.read(sid)).toBeNull()
    expect(await beego.read(fresh)).toEqual(bytes)
    expect((await get('/', cookie())).body).toBe('{"isNew":false,"values":{}}')
  })

  it('given here keeps what the request set, with the types of before', async () => {
    await beego.release(sid, captured('int64').bytes)
    const { get } = await site(await join(), {
      '/login': session => {
        session.regenerate({ keep: ['a'] })
        session.set('a', 9)
      },
    })
    const { cookies } = await get('/login', cookie())
    expect(await typesUnder(/=([0-9a-f]{32});/.exec(cookies[0]!)![1]!)).toEqual({ a: 'int64' })
  })

  it('given by Beego is followed, and the old one stays gone, also under a request that has begun', async () => {
    await beego.release(sid, captured('login').bytes)
    const fresh = beego.newSid()
    const { get } = await site(await join(), {
      '/slow': async session => {
        session.set('late', true)
        await beego.regenerate(sid, fresh)
      },
    })
    expect((await get('/slow', cookie())).status).toBe(409)
    expect(await beego.read(sid)).toBeNull()
    expect(JSON.parse((await get('/', cookie(fresh))).body)).toMatchObject({ isNew: false, values: { uid: 42 } })
  })
})

describe('a logout', () => {
  it('at Beego is final here, also under a request that has begun', async () => {
    await beego.release(sid, captured('login').bytes)
    const { get } = await site(await join(), {
      '/slow': async session => {
        session.update('uid', (uid: number) => uid + 1)
        await beego.destroy(sid)
      },
    })
    expect((await get('/slow', cookie())).status).toBe(409)
    expect(await beego.read(sid)).toBeNull()
  })

  it('here leaves nothing that Beego could read', async () => {
    await beego.release(sid, captured('login').bytes)
    const { get } = await site(await join(), { '/logout': session => session.destroy() })
    expect((await get('/logout', cookie())).cookies).toEqual([expect.stringMatching(/^beegosessionID=; .*Max-Age=0/)])
    expect(await beego.read(sid)).toBeNull()
    expect(await redis.keys(`*${sid}*`)).toEqual([`{${sid}}:beside`])
  })

  it('here ends once more what a slower request of Beego writes back', async () => {
    const { bytes } = captured('login')
    await beego.release(sid, bytes)
    const { get } = await site(await join(), { '/logout': session => session.destroy() })
    await get('/logout', cookie())
    await beego.release(sid, bytes)
    expect(JSON.parse((await get('/', cookie())).body)).toEqual({ isNew: true, values: {} })
    expect(await beego.read(sid)).toBeNull()
  })

  it("by Beego's verb is the same", async () => {
    await beego.release(sid, captured('login').bytes)
    const manager = await join()
    await manager.getProvider().sessionDestroy(sid)
    expect(await redis.keys(`*${sid}*`)).toEqual([`{${sid}}:beside`])
    expect(await manager.getSessionStore(sid)).toBeNull()
  })
})

describe('requests at once', () => {
  it('never undo one another, in two processes of ours', async () => {
    await beego.release(sid, captured('login').bytes)
    const routes: Routes = { '/count': session => session.update('uid', (uid: number) => uid + 1) }
    const [one, two] = [await site(await join(), routes), await site(await join(), routes)]
    const all = Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? one : two).get('/count', cookie()))
    expect(new Set((await Promise.all(all)).map(({ status }) => status))).toEqual(new Set([200]))
    expect(JSON.parse((await one.get('/', cookie())).body).values.uid).toBe(242)
    expect(await typesUnder(sid)).toMatchObject({ uid: 'int' })
  })

  it('of Beego before ours are merged: what it wrote meanwhile stays', async () => {
    await beego.release(sid, captured('login').bytes)
    const { get } = await site(await join(), {
      '/slow': async session => {
        session.set('ours', true)
        await beego.release(sid, captured('rewritten').bytes)
      },
    })
    expect((await get('/slow', cookie())).status).toBe(200)
    expect(await typesUnder(sid)).toEqual({ n: 'int', labels: 'map[string]string', ours: 'bool' })
  })
})

describe('the fleet, by the config that it has', () => {
  it.each<[string, () => string]>([
    ['the comma form of v1', () => trio.savePath],
    [
      'the JSON form of v2',
      () =>
        JSON.stringify({
          save_path: trio.sentinels.join(';'),
          poolsize: 100,
          password,
          db_num: 0,
          idle_timeout: '3m',
          idle_check_frequency: '1m',
          max_retries: 3,
          master_name: 'mymaster',
        }),
    ],
  ])('is joined: %s', async (_, savePath) => {
    await beego.release(sid, captured('login').bytes)
    const manager = await join({ ProviderConfig: savePath() })
    expect((await manager.getSessionStore(sid))!.get('uid')).toBe(42)
    expect(await manager.getActiveSession()).toBeGreaterThan(0)
  })

  it('of the plain provider, too', async () => {
    await beego.release(sid, captured('login').bytes)
    const text = { ...config, ProviderConfig: `127.0.0.1:${redis.options.port},100,${password},0,30` }
    const manager = await newManager('redis', JSON.stringify(text), { layout: beegoLayout(), codec: gobCodec() })
    stops.push(() => manager.close())
    expect((await manager.getSessionStore(sid))!.get('uid')).toBe(42)
  })
})

describe('the one line of an adapter', () => {
  it('joins the fleet, too', async () => {
    await beego.release(sid, captured('login').bytes)
    const sessions = redisSentinelSession({
      savePath: trio.savePath,
      layout: beegoLayout(),
      codec: gobCodec(),
      timeouts: { idle: '1h', absolute: 'none' },
      cookie: { name: 'beegosessionID', secure: false },
    })
    stops.push(() => sessions.close())
    const { get } = await site(sessions.manager, { '/set': session => session.set('uid', 43) })
    await get('/set', cookie())
    expect(await typesUnder(sid)).toEqual({ uid: 'int', name: 'string', at: 'time.Time' })
  })
})

describe('what cannot work', () => {
  const provider = () => {
    const made = redisSentinelProvider({ savePath: trio.savePath, layout: beegoLayout(), codec: gobCodec() })
    stops.push(() => made.close())
    return made
  }
  const refused = (options: SessionOptions) => () => createSessionManager({ provider: provider(), ...options })
  const problem = (field: string) => expect.objectContaining({ code: 'ERR_CONFIG_OPTION', field })

  it('is refused at construction', async () => {
    expect(refused({})).toThrow(problem('timeouts.absolute'))
    expect(refused({ timeouts: { absolute: 'none', renewal: { after: '1h' } } })).toThrow(problem('timeouts.absolute'))
    expect(refused({ timeouts: { absolute: 'none' } })).not.toThrow()
    await expect(join({ sessionIDLength: 32 })).rejects.toEqual(problem('layout'))
    await expect(join({ sessionIDPrefix: 'x' })).rejects.toEqual(problem('layout'))
    expect(() => beegoLayout({ sidBytes: 8 })).toThrow(problem('sidBytes'))
    expect(() => beegoLayout({ sidPrefix: 'a{b}' })).toThrow(problem('sidPrefix'))
    expect(() => beegoLayout({ prefix: 'a' } as never)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_OPTION' }))
    const { backend } = redisSentinelProvider({ savePath: trio.savePath })
    stops.push(() => backend.close())
    expect(() => createProvider(backend, { layout: beegoLayout() })).toThrow(problem('layout'))
    expect(() => createProvider(memoryBackend(), { layout: beegoLayout(), codec: gobCodec() })).not.toThrow()
  })

  it('is refused at the first write where it is the codec', async () => {
    const manager = await newManager(
      'redis_sentinel',
      { ...configObject(), providerConfig: trio.savePath },
      { layout: beegoLayout() },
    )
    stops.push(() => manager.close())
    const { get } = await site(manager, { '/set': session => session.set('uid', 1) })
    expect((await get('/set')).status).toBe(500)
  })

  it('has no users', async () => {
    await beego.release(sid, captured('login').bytes)
    const session = (await (await join()).getSessionStore(sid))!
    expect(() => session.bind('u1')).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_CAPABILITY' }))
  })
})

function configObject() {
  const { ProviderConfig: _, ...rest } = config
  return rest
}
