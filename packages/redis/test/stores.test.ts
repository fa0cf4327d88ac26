/** Our stores under the four middlewares that they are for, on real Redis and Sentinel: what they promise, and a failover in the middle. */
import { redisSentinelProvider } from '@sentinel-session/redis'
import { type SentinelTrio, startSentinel } from '@sentinel-session/testing/sentinel'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Browser, Gates, type SiteOptions } from './stores/site.ts'
import { sites } from './stores/sites.ts'

let trio: SentinelTrio
let provider: ReturnType<typeof redisSentinelProvider>
beforeAll(async () => {
  trio = await startSentinel()
  provider = redisSentinelProvider({ savePath: trio.savePath })
  await provider.ready()
})
afterAll(async () => {
  await provider?.close()
  await trio?.stop()
})

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function redis<X>(use: (client: Redis) => Promise<X>): Promise<X> {
  const client = new Redis((await trio.currentPrimary()).port, '127.0.0.1')
  try {
    return await use(client)
  } finally {
    client.disconnect()
  }
}

describe.each(sites)('the store of $name', site => {
  async function open(options?: SiteOptions, over = provider): Promise<{ browser: Browser; gates: Gates }> {
    const gates = new Gates()
    const { origin, stop } = await site.start(over, gates, options)
    stops.push(stop)
    return { browser: new Browser(origin), gates }
  }

  it('keeps a session, and neither its sid nor its cookie', async () => {
    await redis(client => client.flushall())
    const { browser } = await open()
    await browser.get('/?a=1')
    await browser.get('/?b=2')
    expect((await browser.get('/')).values).toEqual({ a: '1', b: '2' })
    const rows = await redis(async client => {
      const keys = await client.keys('*')
      return [...keys, ...(await client.mget(keys))].join('\n')
    })
    const cookie = decodeURIComponent([...browser.jar.values()].join(' '))
    // Every run of characters that could be a sid, or a part of the cookie.
    const secrets = cookie.match(/[\w-]{16,}/g) ?? []
    expect(rows).toContain('"1"')
    expect(secrets.length).toBeGreaterThan(0)
    for (const secret of secrets) expect(rows).not.toContain(secret)
  })

  it('lets no slow request bring a session back that was ended meanwhile', async () => {
    const { browser, gates } = await open()
    await browser.get('/?user=ada')
    const slow = browser.copy()
    const answer = slow.get('/?late=1&gate=slow').catch(error => error)
    await gates.entered('slow')
    const after = browser.copy()
    await browser.get('/logout')
    gates.open('slow')
    await answer
    expect((await after.get('/')).values).toEqual({})
  })

  it('keeps what three requests at once have set, each without what the others did', async () => {
    const { browser, gates } = await open()
    await browser.get('/?user=ada')
    const answers = ['one', 'two', 'three'].map(name => browser.copy().get(`/?${name}=1&gate=${name}`))
    await Promise.all(['one', 'two', 'three'].map(name => gates.entered(name)))
    for (const [i, name] of ['one', 'two', 'three'].entries()) {
      gates.open(name)
      await answers[i]
    }
    expect((await browser.get('/')).values).toEqual({ user: 'ada', one: '1', two: '1', three: '1' })
  })

  it('gives a session a new sid, and the old one opens nothing', async () => {
    const { browser } = await open()
    await browser.get('/?cart=tea')
    const old = browser.copy()
    await browser.get('/login')
    expect((await browser.get('/')).values).toMatchObject({ user: 'ada' })
    expect((await old.get('/')).values).toEqual({})
  })

  it('lets the record live as long as the middleware says', async () => {
    await redis(client => client.flushall())
    const { browser } = await open({ maxAgeMs: 20_000 })
    await browser.get('/?a=1')
    const ttl = await redis(async client => {
      const [key = ''] = await client.keys('sess:*')
      const left = await client.pttl(key)
      await client.pexpire(key, 1)
      return left
    })
    // koa-session adds ten seconds, so that the record does not end before the cookie.
    expect(ttl).toBeGreaterThan(10_000)
    expect(ttl).toBeLessThanOrEqual(30_000)
    await expect.poll(async () => (await browser.copy().get('/')).values).toEqual({})
  })

  it('takes a save that changed nothing for no error after a logout', async () => {
    const { browser, gates } = await open({ rolling: true })
    await browser.get('/?user=ada')
    const slow = browser.copy()
    const answer = slow.get('/?gate=slow')
    await gates.entered('slow')
    await browser.copy().get('/logout')
    gates.open('slow')
    expect(await answer).toEqual({ status: 200, values: { user: 'ada' } })
    expect((await browser.get('/')).values).toEqual({})
  })

  it('answers an error where Redis cannot be asked, and takes nothing from the visitor', async () => {
    const short = redisSentinelProvider({ savePath: trio.savePath, failoverBudget: '300ms' })
    stops.push(() => short.close())
    const { browser } = await open({}, short)
    await browser.get('/?user=ada')
    const nodes = [await trio.currentPrimary(), ...(await trio.replicas())]
    for (const node of nodes) await trio.pause(node)
    const failed = await browser.copy().get('/')
    for (const node of nodes) await trio.resume(node)
    await trio.settled()
    expect(failed.status).toBeGreaterThanOrEqual(500)
    if (site.tellsFailedReads) expect(failed.status).toBe(503)
    await expect.poll(async () => (await browser.copy().get('/')).values, { timeout: 20_000 }).toEqual({ user: 'ada' })
  })

  it('waits through a failover, and loses nothing', async () => {
    const { browser, gates } = await open()
    await browser.get('/?user=ada')
    const under = browser.copy().get('/?held=1&gate=held')
    await gates.entered('held')
    const killed = await trio.killPrimary()
    gates.open('held')
    const during = await Promise.all(['a', 'b', 'c'].map(key => browser.copy().get(`/?${key}=1`)))
    expect(during.map(({ status }) => status)).toEqual([200, 200, 200])
    expect((await under).status).toBe(200)
    await trio.waitForPrimaryChange(killed)
    expect((await browser.get('/')).values).toEqual({ user: 'ada', held: '1', a: '1', b: '1', c: '1' })
    await trio.restart(killed)
    await trio.settled()
  })
})
