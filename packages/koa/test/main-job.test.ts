/** The main job, end to end: a Koa server over HTTP against a real Sentinel deployment. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type KoaSession, redisSentinelSession } from '@sentinel-session/koa'
import { type SentinelTrio, startProxy, startSentinel } from '@sentinel-session/testing/sentinel'
import { Redis } from 'ioredis'
import Koa from 'koa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Browser } from './support/browser.ts'
import { type Monitor, monitor } from './support/monitor.ts'
import { type ServerProcess, startServerProcess } from './support/process.ts'

let trio: SentinelTrio
let sessions: KoaSession<Record<string, unknown>, Record<string, unknown>>
let origin: string
let redis: Redis
let watch: Monitor
const stops: (() => unknown)[] = []

beforeAll(async () => {
  trio = await startSentinel()
  stops.unshift(() => trio.stop())
  const { port } = await trio.currentPrimary()
  redis = new Redis(port, '127.0.0.1', { retryStrategy: () => null })
  stops.unshift(() => redis.disconnect())
  watch = await monitor(port)
  stops.unshift(() => watch.stop())
  sessions = redisSentinelSession({ savePath: trio.savePath })
  await sessions.ready()
  stops.unshift(() => sessions.close())
  const app = new Koa()
  app.silent = true
  app.use(sessions)
  let openGate: (() => void) | undefined
  app.use(async ctx => {
    const session = sessions.of(ctx)
    if (ctx.path === '/gate') {
      ctx.body = { waiting: openGate !== undefined }
      if (ctx.query.open) openGate?.()
      return
    }
    if (ctx.path === '/set') {
      if (ctx.query.gate) {
        await new Promise<void>(resolve => {
          openGate = resolve
        })
      }
      if (ctx.query.slow) await new Promise(resolve => setTimeout(resolve, Number(ctx.query.slow)))
      session.set(String(ctx.query.key), ctx.query.value)
    }
    if (ctx.path === '/login') {
      if (ctx.query.slow) await new Promise(resolve => setTimeout(resolve, Number(ctx.query.slow)))
      session.regenerate()
      session.set('user', ctx.query.user)
    }
    if (ctx.path === '/redirect') {
      session.set('seen', true)
      ctx.redirect('/read')
      return
    }
    if (ctx.path === '/logout') {
      await session.destroy()
      ctx.body = { ok: true }
      return
    }
    if (ctx.path === '/anonymous') {
      ctx.body = 'hello'
      return
    }
    ctx.body = { data: { ...session.data }, isNew: session.isNew, status: session.status }
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stops.unshift(() => {
    server.closeAllConnections()
    server.close()
  })
  origin = `http://localhost:${(server.address() as AddressInfo).port}`
})

afterAll(async () => {
  for (const stop of stops) await stop()
})

/** A request has read its session, and waits at the gate. */
async function untilHeld(at: string): Promise<void> {
  while (!((await (await fetch(`${at}/gate`)).json()) as { waiting: boolean }).waiting) {
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

const keys = (): Promise<string[]> => redis.keys('sess:*')

describe('a request', () => {
  it('that is anonymous sets no cookie and sends no command', async () => {
    const before = await keys()
    const commands = await watch.during(async () => {
      const page = await new Browser().get(`${origin}/anonymous`)
      expect(page.headers.getSetCookie()).toEqual([])
      expect(page.headers.get('vary')).toBeNull()
    })
    expect(commands).toEqual([])
    expect(await keys()).toEqual(before)
  })

  it('that writes creates one key, which does not contain the sid, with a TTL, by one command and a WAIT', async () => {
    // EVAL once, after which the primary knows the script.
    await new Browser().get(`${origin}/set?key=a&value=1`)
    const browser = new Browser()
    const before = await keys()
    const commands = await watch.during(() => browser.get(`${origin}/set?key=a&value=1`))
    expect(commands).toEqual(['evalsha', 'wait'])
    const created = (await keys()).filter(key => !before.includes(key))
    expect(created).toHaveLength(1)
    expect(created[0]).not.toContain(browser.sid)
    expect(await redis.get(created[0]!)).not.toContain(browser.sid)
    const ttl = await redis.pttl(created[0]!)
    expect(ttl).toBeGreaterThan(29 * 60_000)
    expect(ttl).toBeLessThanOrEqual(30 * 60_000)
  })

  it('that reads sends one command', async () => {
    const browser = new Browser()
    await browser.get(`${origin}/set?key=a&value=1`)
    const commands = await watch.during(async () => {
      expect((await browser.get(`${origin}/read`)).json().data).toEqual({ a: '1' })
    })
    expect(commands).toEqual(['get'])
  })

  it('that changes a session sends two, and a WAIT', async () => {
    const browser = new Browser()
    await browser.get(`${origin}/set?key=a&value=1`)
    expect(await watch.during(() => browser.get(`${origin}/set?key=b&value=2`))).toEqual(['get', 'evalsha', 'wait'])
  })

  it('that sets what is there already writes nothing', async () => {
    const browser = new Browser()
    await browser.get(`${origin}/set?key=a&value=1`)
    expect(await watch.during(() => browser.get(`${origin}/set?key=a&value=1`))).toEqual(['get'])
  })

  it('redirects only after its session is stored', async () => {
    for (let i = 0; i < 20; i++) {
      const browser = new Browser()
      const page = await browser.get(`${origin}/redirect`)
      expect([page.status, page.headers.get('cache-control')]).toEqual([302, 'no-store'])
      expect((await browser.get(`${origin}/read`)).json().data).toEqual({ seen: true })
    }
  })
})

describe('parallel requests', () => {
  it('that write different keys both survive', async () => {
    for (let i = 0; i < 20; i++) {
      const browser = new Browser()
      await browser.get(`${origin}/set?key=a&value=1`)
      await Promise.all(['b', 'c'].map(key => browser.get(`${origin}/set?key=${key}&value=1&slow=5`)))
      expect((await browser.get(`${origin}/read`)).json().data).toEqual({ a: '1', b: '1', c: '1' })
    }
  })

  it('never undo a logout', async () => {
    const browser = new Browser()
    await browser.get(`${origin}/set?key=user&value=ada`)
    const old = new Browser(browser.cookie)
    const slow = old.get(`${origin}/set?key=late&value=1&gate=1`)
    await untilHeld(origin)
    expect((await browser.get(`${origin}/logout`)).status).toBe(200)
    expect(browser.cookie).toBeUndefined()
    await fetch(`${origin}/gate?open=1`)
    expect((await slow).status).toBe(409)
    const after = (await old.get(`${origin}/read`)).json()
    expect([after.data, after.isNew]).toEqual([{}, true])
  })

  it('of two logins on one anonymous session one wins, and no second one stays alive', async () => {
    for (let i = 0; i < 10; i++) {
      const browser = new Browser()
      await browser.get(`${origin}/set?key=cart&value=1`)
      const before = await keys()
      const tabs = ['ada', 'bob'].map(user => ({ user, tab: new Browser(browser.cookie) }))
      const pages = await Promise.all(tabs.map(({ user, tab }) => tab.get(`${origin}/login?user=${user}&slow=5`)))
      expect(pages.map(page => page.status).sort()).toEqual([200, 409])
      const winner = tabs[pages.findIndex(page => page.status === 200)]!
      expect((await winner.tab.get(`${origin}/read`)).json().data).toEqual({ cart: '1', user: winner.user })
      const values = await Promise.all((await keys()).filter(key => !before.includes(key)).map(key => redis.get(key)))
      expect(values.filter(value => value?.startsWith('{'))).toHaveLength(1)
      expect((await browser.get(`${origin}/read`)).json()).toMatchObject({ data: {}, status: 'retired' })
    }
  })
})

describe('two server processes', () => {
  /** A thousand at once; answers what is stored afterwards. */
  const increment = async (servers: ServerProcess[], browser: Browser): Promise<number> => {
    const requests = Array.from({ length: 1000 }, (_, i) =>
      new Browser(browser.cookie).get(`${servers[i % servers.length]!.origin}/increment`),
    )
    for (const page of await Promise.all(requests)) expect(page.status).toBe(200)
    return (await browser.get(`${servers[0]!.origin}/read`)).json().data.n as number
  }

  const visitor = async (server: ServerProcess): Promise<Browser> => {
    const browser = new Browser()
    await browser.get(`${server.origin}/set?key=n&value=`)
    return browser
  }

  it('apply 1,000 parallel updates of one session exactly 1,000 times', async () => {
    const servers = await Promise.all([1, 2].map(() => startServerProcess({ savePath: trio.savePath })))
    try {
      expect(await increment(servers, await visitor(servers[0]!))).toBe(1000)
    } finally {
      await Promise.all(servers.map(server => server.stop()))
    }
  })

  it('also with 5 % of the replies lost on the way', async () => {
    const primary = await trio.currentPrimary()
    await using proxy = await startProxy(primary)
    const natMap = { [`${primary.host}:${primary.port}`]: { host: proxy.host, port: proxy.port } }
    const servers = await Promise.all([1, 2].map(() => startServerProcess({ savePath: trio.savePath, natMap })))
    try {
      const browser = await visitor(servers[0]!)
      proxy.loseReplies(0.05)
      // The more of them share a batch, the fewer replies there are to lose.
      for (let round = 1; round === 1 || (proxy.lost < 3 && round <= 20); round++) {
        expect(await increment(servers, browser)).toBe(round * 1000)
      }
      expect(proxy.lost).toBeGreaterThan(0)
    } finally {
      await Promise.all(servers.map(server => server.stop()))
    }
  })

  it('see the logout that the other did', async () => {
    const servers = await Promise.all([1, 2].map(() => startServerProcess({ savePath: trio.savePath })))
    try {
      const browser = new Browser()
      await browser.get(`${servers[0]!.origin}/login?user=ada`)
      const other = new Browser(browser.cookie)
      expect((await other.get(`${servers[1]!.origin}/read`)).json().data).toEqual({ user: 'ada' })
      const slow = new Browser(browser.cookie).get(`${servers[0]!.origin}/set?key=late&value=1&gate=1`)
      await untilHeld(servers[0]!.origin)
      await browser.get(`${servers[1]!.origin}/logout`)
      await fetch(`${servers[0]!.origin}/gate?open=1`)
      expect((await slow).status).toBe(409)
      expect((await other.get(`${servers[0]!.origin}/read`)).json()).toMatchObject({ data: {}, isNew: true })
    } finally {
      expect(await Promise.all(servers.map(server => server.stop()))).toEqual([0, 0])
    }
  })
})

describe('when the primary is killed', () => {
  it('a request waits for the next one, and the session is still there', async () => {
    const browser = new Browser()
    await browser.get(`${origin}/set?key=user&value=ada`)
    const dead = await trio.killPrimary()
    const page = await browser.get(`${origin}/set?key=after&value=1`)
    expect([page.status, page.json().data]).toEqual([200, { user: 'ada', after: '1' }])
    expect((await trio.waitForPrimaryChange(dead)).port).not.toBe(dead.port)
    expect((await browser.get(`${origin}/read`)).json().data).toEqual({ user: 'ada', after: '1' })
  })
})
