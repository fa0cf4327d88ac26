/** SEC-07, 33 to 37, 41, 43 to 45 (docs/security.md): what whoever reads Redis, a trace or a log gets to see, and who may do what in Redis. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { encrypted, richJson, type SessionEvent } from '@sentinel-session/core'
import type { RedisSession } from '@sentinel-session/redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Browser } from '../support/browser.ts'
import {
  type Handler,
  type OneRedis,
  recordKey,
  type Site,
  startOneRedis,
  startSite,
  type Values,
} from '../support/site.ts'

const CANARY = 'canary-of-the-payload'

let one: OneRedis
beforeAll(async () => {
  one = await startOneRedis()
})
afterAll(() => one?.stop())

const sites: Site[] = []
afterAll(async () => {
  for (const site of sites) await site.stop()
})

async function start(options: Partial<RedisSession<Values>> = {}, handler: Handler = answer): Promise<Site> {
  const site = await startSite({ url: one.url, ...options } as RedisSession<Values>, handler)
  sites.push(site)
  return site
}

const answer: Handler = async ctx => {
  const { session } = ctx
  if (ctx.path === '/set') session.set('secret', CANARY)
  if (ctx.path === '/login') {
    session.regenerate()
    session.set('user', 'ada')
  }
  if (ctx.path === '/logout') await session.destroy()
  ctx.body = ctx.path === '/read' ? { data: { ...session.data } } : 'ok'
}

async function visit(site: Site, ...paths: string[]): Promise<Browser> {
  const browser = new Browser()
  for (const path of paths) expect((await browser.get(`${site.origin}${path}`)).status).toBe(200)
  return browser
}

/** Every key and value, as somebody with a copy of Redis has them. */
async function dump(): Promise<string> {
  const keys = await one.redis.keys('*')
  return (await Promise.all(keys.map(async key => `${key} ${await one.redis.get(key)}`))).join('\n')
}

describe('a copy of Redis', () => {
  it('holds no sid, neither as a key nor in a value, of before or after a login', async () => {
    const site = await start()
    const browser = new Browser()
    const sids: string[] = []
    for (const path of ['/set', '/login', '/set']) {
      await browser.get(`${site.origin}${path}`)
      sids.push(browser.sid)
    }
    const copy = await dump()
    expect(copy).toContain(CANARY)
    for (const sid of sids) expect(copy).not.toContain(sid)
  })

  it('holds no value either with encrypted(), and no body opens under another key', async () => {
    await one.redis.flushdb()
    const site = await start({ codec: encrypted(richJson(), { keys: ['k'.repeat(32)] }) })
    const mine = await visit(site, '/set')
    const theirs = await visit(site, '/login', '/set')
    expect(await dump()).not.toMatch(/canary|"(secret|user|ada)\\?"/)
    const [first, second] = await one.redis.keys('sess:*')
    const [a, b] = await Promise.all([one.redis.get(first!), one.redis.get(second!)])
    await one.redis.mset(first!, b!, second!, a!)
    for (const browser of [mine, theirs]) expect((await browser.get(`${site.origin}/read`)).status).toBe(500)
    expect(site.errors.map(error => (error as { code?: string }).code)).toEqual([
      'ERR_RECORD_MALFORMED',
      'ERR_RECORD_MALFORMED',
    ])
  })
})

describe('two applications on one Redis', () => {
  it('with prefixes of their own do not open sessions of one another', async () => {
    const [shop, blog] = [await start({ keyPrefix: 'shop:' }), await start({ keyPrefix: 'blog:' })]
    const browser = await visit(shop, '/set')
    expect((await new Browser(browser.cookie).get(`${blog.origin}/read`)).json().data).toEqual({})
    expect((await browser.get(`${shop.origin}/read`)).json().data).toEqual({ secret: CANARY })
  })

  it('cannot have a prefix that would mean more than itself', async () => {
    for (const keyPrefix of ['sess*', 'a?', '[a]', '{a}', 'a b', 'a\n', 'a\\']) {
      const refused = startSite({ url: one.url, keyPrefix }, answer)
      await expect(refused).rejects.toMatchObject({ code: 'ERR_CONFIG_OPTION', field: 'keyPrefix' })
    }
  })
})

describe('logs, traces and events', () => {
  const channels = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'].flatMap(stage =>
    ['command', 'batch', 'connect'].map(name => `tracing:ioredis:${name}:${stage}`),
  )

  /** What subscribers of the tracing channels of ioredis see meanwhile. */
  async function traced(work: () => Promise<unknown>): Promise<string> {
    const seen: string[] = []
    const see = (message: unknown): void => void seen.push(inspect(message, { depth: 9, maxArrayLength: null }))
    for (const channel of channels) subscribe(channel, see)
    await work()
    // A client of another's: they work.
    await one.redis.ping()
    for (const channel of channels) unsubscribe(channel, see)
    expect(seen.length).toBeGreaterThan(0)
    return seen.join('\n')
  }

  it('never have a sid, and with encrypted() no value: whole life of a session, errors and traces included', async () => {
    const events: SessionEvent[] = []
    const shown: string[] = []
    const site = await start(
      { codec: encrypted(richJson(), { keys: ['k'.repeat(32)] }), onEvent: event => void events.push(event) },
      async ctx => {
        await answer(ctx)
        const { session } = ctx
        shown.push(
          inspect(session, { depth: 9, showHidden: true, getters: false }),
          `${session}`,
          JSON.stringify(session),
        )
      },
    )
    const browser = new Browser()
    const sids: string[] = []
    const traces = await traced(async () => {
      for (const path of ['/set', '/login', '/read', '/set']) {
        await browser.get(`${site.origin}${path}`)
        sids.push(browser.sid)
      }
      await one.redis.set(recordKey(browser.sid), CANARY)
      expect((await browser.get(`${site.origin}/read`)).status).toBe(500)
      await browser.get(`${site.origin}/logout`)
    })
    const errors = inspect(site.errors, { depth: 9, showHidden: true })
    const all = [traces, errors, JSON.stringify(events), inspect(events, { depth: 9 }), ...shown].join('\n')
    expect(new Set(sids).size).toBe(2)
    for (const secret of [...sids, CANARY]) expect(all.includes(secret)).toBe(false)
  })

  it('have no value either where somebody listens to the tracing channels of ioredis, also without encrypted()', async () => {
    const site = await start()
    const browser = new Browser()
    const traces = await traced(() => browser.get(`${site.origin}/set`))
    expect([traces.includes(CANARY), traces.includes(browser.sid)]).toEqual([false, false])
  })
})

describe('the Redis user', () => {
  /** As docs/errors.md tells operators, for data nodes. */
  const [, list = ''] = readFileSync(new URL('../../../../docs/errors.md', import.meta.url), 'utf8').match(
    /Allow (.+?) \(SELECT/,
  )!
  const commands = list.split(/, | and /)

  it('needs no more than the commands of docs/errors.md, on its own keys', async () => {
    expect(commands).toContain('EVALSHA')
    const allow = (without?: string): Promise<unknown> => {
      const allowed = commands.filter(name => name !== without).map(name => `+${name.toLowerCase()}`)
      return one.trio.ask(one.node, 'ACL', 'SETUSER', 'app', 'reset', 'on', '>secret', '~sess:*', ...allowed)
    }
    await allow()
    const site = await start({ auth: { username: 'app', password: 'secret' } })
    const browser = await visit(site, '/set', '/login', '/read')
    expect((await browser.get(`${site.origin}/read`)).json().data).toEqual({ secret: CANARY, user: 'ada' })
    await visit(site, '/set', '/logout')
    expect(site.errors).toEqual([])
    const other = startSite(
      { url: one.url, keyPrefix: 'other:', auth: { username: 'app', password: 'secret' } },
      answer,
    )
    const strange = await other
    sites.push(strange)
    expect((await new Browser().get(`${strange.origin}/set`)).status).toBe(503)
    expect(strange.errors).toEqual([expect.objectContaining({ code: 'ERR_BACKEND_PERMISSION' })])
  })
})
