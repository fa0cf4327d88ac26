/** SEC-01 to 11, 33, 38 to 42 (docs/security.md): where a sid comes from, what a visitor may send for one, and what that costs. */
import { randomBytes } from 'node:crypto'
import type { SessionEvent } from '@sentinel-session/core'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { Browser } from '../support/browser.ts'
import { type Monitor, monitor } from '../support/monitor.ts'
import {
  type Handler,
  many,
  type OneRedis,
  rawGet,
  recordKey,
  type Site,
  startOneRedis,
  startSite,
} from '../support/site.ts'

let one: OneRedis
let site: Site
let signed: Site
let watch: Monitor
let events: SessionEvent[] = []

beforeAll(async () => {
  one = await startOneRedis()
  watch = await monitor(one.node.port)
  const onEvent = (event: SessionEvent): void => void events.push(event)
  site = await startSite({ url: one.url, onEvent }, answer)
  signed = await startSite({ url: one.url, onEvent, cookie: { keys: ['k'.repeat(32)] } }, answer)
})
afterAll(async () => {
  watch?.stop()
  await site?.stop()
  await signed?.stop()
  await one?.stop()
})
afterEach(() => {
  vi.restoreAllMocks()
  events = []
})

const answer: Handler = async ctx => {
  const { session } = ctx
  if (ctx.path === '/set') session.set('user', 'ada')
  if (ctx.path === '/fail') ctx.throw(401)
  if (ctx.path === '/logout') await session.destroy()
  ctx.body = ctx.path === '/read' ? { data: { ...session.data }, isNew: session.isNew } : 'ok'
}

const sidOf = (setCookie = ''): string => setCookie.slice('__Host-sid='.length, setCookie.indexOf(';'))
const isCreated = ({ type }: SessionEvent): boolean => type === 'created'

/** As many sids as one call of the generator makes, and one more. */
const BEYOND_THE_POOL = 65

async function login(): Promise<Browser> {
  const browser = new Browser()
  await browser.get(`${site.origin}/set`)
  return browser
}

const opens = async (cookie: string): Promise<boolean> =>
  (await new Browser(cookie).get(`${site.origin}/read`)).json().data.user === 'ada'

describe('the random generator', () => {
  it('that fails: 500, no cookie, nothing stored', async () => {
    vi.spyOn(crypto, 'getRandomValues').mockImplementation(() => {
      throw new Error('no entropy')
    })
    let failed = 0
    for (let i = 0; i < BEYOND_THE_POOL; i++) {
      const before = await one.redis.dbsize()
      const page = await new Browser().get(`${site.origin}/set`)
      if (page.status === 200) continue
      failed += 1
      expect([page.status, page.headers.getSetCookie(), await one.redis.dbsize()]).toEqual([500, [], before])
    }
    expect(failed).toBeGreaterThan(0)
  })

  it('that repeats itself: the session of before is not touched, and the visitor gets another sid', async () => {
    const victim = await login()
    const key = recordKey(victim.sid)
    const stored = await one.redis.get(key)
    const taken = Buffer.from(victim.sid, 'base64url')
    const random = crypto.getRandomValues.bind(crypto)
    let repeats = 0
    vi.spyOn(crypto, 'getRandomValues').mockImplementation(array => {
      random(array as Uint8Array<ArrayBuffer>)
      if (array instanceof Uint8Array && array.length >= taken.length && repeats++ === 0) array.set(taken)
      return array
    })
    for (let i = 0; i < BEYOND_THE_POOL; i++) expect((await login()).sid).not.toBe(victim.sid)
    expect(repeats).toBeGreaterThan(0)
    expect(await one.redis.get(key)).toBe(stored)
  })
})

describe('a sid that we did not give out', () => {
  const planted = 'A'.repeat(43)

  it('is not adopted, and no key is derived from it', async () => {
    const page = await new Browser(`__Host-sid=${planted}`).get(`${site.origin}/set`)
    const sid = sidOf(page.headers.getSetCookie()[0])
    expect(sid).toMatch(/^[\w-]{43}$/)
    expect(sid).not.toBe(planted)
    expect(await one.redis.exists(recordKey(planted), `sess:${planted}`)).toBe(0)
    expect(await one.redis.exists(recordKey(sid))).toBe(1)
  })

  it('opens nothing, though somebody who reads Redis takes the name of a key for it', async () => {
    const { sid } = await login()
    expect(await opens(recordKey(sid).replace('sess:', '__Host-sid='))).toBe(false)
  })

  it('opens nothing, though somebody stored a session under it unhashed', async () => {
    const { sid } = await login()
    const value = (await one.redis.get(recordKey(sid)))!
    await one.redis.set(`sess:${planted}`, value, 'EX', 60)
    expect(await opens(`__Host-sid=${planted}`)).toBe(false)
    await one.redis.del(`sess:${planted}`)
  })

  it('costs the same commands as one that has expired elsewhere, and tells the visitor the same', async () => {
    const { cookie, sid } = await login()
    await one.redis.del(recordKey(sid))
    const elsewhere = await startSite({ url: one.url }, answer)
    const pages: unknown[] = []
    const costs: unknown[] = []
    for (const sent of [cookie!, `__Host-sid=${planted}`]) {
      const commands = await watch.during(async () => {
        const { status, text, headers } = await new Browser(sent).get(`${elsewhere.origin}/read`)
        pages.push({ status, text, cookies: headers.getSetCookie() })
      })
      costs.push(commands.filter(name => name === 'get' || name === 'pttl'))
    }
    await elsewhere.stop()
    expect(costs[0]).toEqual(costs[1])
    expect(pages[0]).toEqual(pages[1])
  })

  it.each([
    ['empty', ''],
    ['a glob', '*'],
    ['a key', 'a:b'],
    ['a path', '../x'],
    ['a path of the right length', `${'../'.repeat(14)}x`],
    ['one character short', 'A'.repeat(42)],
    ['one character long', 'A'.repeat(44)],
    ['12 KiB', 'A'.repeat(12_288)],
    ['JSON', '{"user":"ada"}'],
    ['JSON as base64', Buffer.from('{"user":"ada"}').toString('base64url')],
    ['the cookie of express-session', `s:${'A'.repeat(32)}.${'A'.repeat(43)}`],
  ])('is %s: no command is sent', async (_, sid) => {
    const commands = await watch.during(async () => {
      const page = await rawGet(site.port, '/read', { host: 'localhost', cookie: `__Host-sid=${sid}` })
      expect(JSON.parse(page.text)).toEqual({ data: {}, isNew: true })
    })
    expect(commands).toEqual([])
  })

  it('is counted: a thousand of them are a thousand events and a thousand reads, and none reaches Redis with keys', async () => {
    const guess = (origin: string) => () =>
      new Browser(`__Host-sid=${randomBytes(32).toString('base64url')}`).get(`${origin}/read`)
    const reads = await watch.during(() => many(1000, guess(site.origin)))
    expect(reads.filter(name => name === 'get')).toHaveLength(1000)
    expect(events.filter(event => event.type === 'rejected' && event.reason === 'unknown')).toHaveLength(1000)
    events = []
    expect(await watch.during(() => many(1000, guess(signed.origin)))).toEqual([])
    expect(events.filter(event => event.type === 'rejected' && event.reason === 'signature')).toHaveLength(1000)
  })
})

describe('a good sid', () => {
  it('counts in the cookie only: not in the query, a form, Authorization or a header', async () => {
    const { sid } = await login()
    const form = { method: 'POST', body: new URLSearchParams({ sid, '__Host-sid': sid }) }
    const commands = await watch.during(async () => {
      for (const [query, init] of [
        [`?sid=${sid}&__Host-sid=${sid}`, {}],
        ['', form],
        ['', { headers: { authorization: `Bearer ${sid}` } }],
        ['', { headers: { 'x-session-id': sid, 'x-sid': sid, '__host-sid': sid } }],
      ] as [string, RequestInit][]) {
        const response = await fetch(`${site.origin}/read${query}`, init)
        expect(await response.json()).toEqual({ data: {}, isNew: true })
      }
    })
    expect(commands).toEqual([])
  })

  it('does not count under a name that only looks like ours', async () => {
    const { sid } = await login()
    for (const name of ['__HOST-SID', '%5f%5fHost-sid', 'sid', '\u00a0__Host-sid', 'x__Host-sid']) {
      const page = await rawGet(site.port, '/read', { host: 'localhost', cookie: `${name}=${sid}` })
      expect([name, JSON.parse(page.text)]).toEqual([name, { data: {}, isNew: true }])
    }
  })

  it('does not count beside a second one, which is reported', async () => {
    const { cookie } = await login()
    for (const pair of [`${cookie}; __Host-sid=${'A'.repeat(43)}`, `__Host-sid=; ${cookie}`, `${cookie}; ${cookie}`]) {
      expect(await opens(pair)).toBe(false)
    }
    expect(events.filter(event => event.type === 'rejected' && event.reason === 'duplicate')).toHaveLength(3)
  })
})

describe('visitors who set nothing', () => {
  it.each(['/read', '/logout', '/fail', '/nothing'])('2,000 at %s: no key, no cookie, no command', async path => {
    const before = await one.redis.dbsize()
    const commands = await watch.during(() =>
      many(2000, async () => {
        const response = await fetch(`${site.origin}${path}`)
        await response.arrayBuffer()
        expect(response.headers.getSetCookie()).toEqual([])
      }),
    )
    expect([commands, await one.redis.dbsize(), events.filter(isCreated)]).toEqual([[], before, []])
  })
})
