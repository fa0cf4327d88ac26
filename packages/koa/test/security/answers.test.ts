/** SEC-15, 18, 20 to 29, 39, 47 (docs/security.md): what leaves with a response, and that its status tells the truth. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { Browser } from '../support/browser.ts'
import { type Monitor, monitor } from '../support/monitor.ts'
import {
  type Handler,
  type OneRedis,
  rawGet,
  recordKey,
  type Site,
  startOneRedis,
  startSite,
  type Values,
} from '../support/site.ts'

let one: OneRedis
let watch: Monitor
let site: Site
/** Gives up soon, where Redis is made to stand still. */
let impatient: Site
let handler: Handler = () => undefined

beforeAll(async () => {
  one = await startOneRedis()
  watch = await monitor(one.node.port)
  site = await startSite({ url: one.url }, ctx => handler(ctx))
  impatient = await startSite({ url: one.url, failoverBudget: '300ms' }, ctx => handler(ctx))
})
afterAll(async () => {
  watch?.stop()
  await site?.stop()
  await impatient?.stop()
  await one?.stop()
})
afterEach(() => vi.restoreAllMocks())

const get = (browser = new Browser(), path = '/'): ReturnType<Browser['get']> => browser.get(`${site.origin}${path}`)

async function login(): Promise<Browser> {
  const browser = new Browser()
  handler = ctx => {
    ctx.session.set('user', 'ada')
    ctx.body = 'ok'
  }
  await get(browser)
  return browser
}

const user = async (browser: Browser): Promise<unknown> => {
  handler = ctx => {
    ctx.body = { data: { user: ctx.session.get('user') } }
  }
  return (await get(browser)).json().data.user
}

describe('caches', () => {
  it.each<[string, (session: Values) => unknown]>([
    ['get', session => session.get('a')],
    ['has', session => session.has('a')],
    ['keys', session => session.keys()],
    ['in', session => 'a' in session.data],
    ['Object.keys', session => Object.keys(session.data).length],
    ['flash', session => session.flash('a')],
    ['isNew', session => session.isNew],
    ['id', session => session.id],
    ['status', session => session.status],
    ['expiresAt', session => session.expiresAt],
    ['sessionId', session => session.sessionId()],
    ['JSON.stringify', session => JSON.stringify(session)],
  ])('are told that the page depends on the cookie, once the session was asked: %s', async (_, look) => {
    handler = ctx => {
      look(ctx.session)
      ctx.body = 'ok'
    }
    expect((await get()).headers.get('vary')).toBe('Cookie')
    handler = ctx => {
      ctx.body = 'ok'
    }
    expect((await get()).headers.get('vary')).toBeNull()
  })

  it('may not store the page of a login, whatever the application said of it', async () => {
    for (const said of ['public, max-age=60', 'private', 'no-cache', 's-maxage=1, public', 'x-no-store-y']) {
      handler = ctx => {
        ctx.set('Cache-Control', said)
        ctx.session.set('user', 'ada')
        ctx.body = 'ok'
      }
      const { headers } = await get()
      expect([headers.get('cache-control'), headers.get('vary')]).toEqual(['no-store', 'Cookie'])
    }
  })
})

describe('the cookie', () => {
  it('is set once for each sid, and by no other response', async () => {
    const browser = await login()
    handler = async ctx => {
      ctx.session.update('n', (n = 0) => n + 1)
      if (ctx.path === '/renew') {
        ctx.session.regenerate()
        await ctx.session.save()
        ctx.session.set('after', true)
      }
      ctx.body = 'ok'
    }
    const counts: number[] = []
    for (const path of ['/', '/', '/renew', '/']) counts.push((await get(browser, path)).headers.getSetCookie().length)
    expect(counts).toEqual([0, 0, 1, 0])
  })

  it('does not leave over plain http, whatever an untrusted proxy says, and nothing is stored', async () => {
    handler = ctx => {
      ctx.session.set('user', 'ada')
      ctx.body = 'ok'
    }
    const before = await one.redis.dbsize()
    const forged = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'localhost', forwarded: 'proto=https' }
    for (const more of [{}, forged]) {
      const page = await rawGet(site.port, '/', { host: 'shop.example', ...more })
      expect([page.status, page.headers['set-cookie']]).toEqual([500, undefined])
      expect(site.errors.at(-1)).toMatchObject({ code: 'ERR_CONFIG_INSECURE' })
    }
    expect(await one.redis.dbsize()).toBe(before)
    site.app.proxy = true
    try {
      const page = await rawGet(site.port, '/', { host: 'shop.example', ...forged })
      expect([page.status, page.headers['set-cookie']?.length]).toEqual([200, 1])
    } finally {
      site.app.proxy = false
    }
  })
})

describe('a logout', () => {
  it('that Redis did not confirm is no success, and the cookie stays', async () => {
    const browser = await login()
    const old = new Browser(browser.cookie)
    handler = async ctx => {
      await one.trio.pause(one.node)
      await ctx.session.destroy()
      ctx.redirect('/bye')
    }
    const page = await browser.get(impatient.origin)
    await one.trio.resume(one.node)
    expect([page.status, page.headers.get('retry-after'), page.headers.getSetCookie()]).toEqual([503, '1', []])
    expect(page.headers.get('location')).toBeNull()
    handler = async ctx => {
      await ctx.session.destroy()
      ctx.body = 'bye'
    }
    // The first attempt may have arrived after all: then there is nothing left to end, and no cookie that we would know.
    expect((await get(browser)).status).toBe(200)
    expect(await user(old)).toBeUndefined()
  })

  it('ends the session though an observer throws', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const onEvent = (): void => {
      throw new Error('observer')
    }
    const other = await startSite({ url: one.url, onEvent }, async ctx => {
      await ctx.session.destroy()
      ctx.body = 'bye'
    })
    const browser = await login()
    const old = new Browser(browser.cookie)
    const page = await browser.get(other.origin)
    await other.stop()
    expect([page.status, browser.cookie]).toEqual([200, undefined])
    expect(said).toHaveBeenCalled()
    expect(await user(old)).toBeUndefined()
  })

  it('by flush leaves nothing, in Redis either', async () => {
    const browser = await login()
    handler = ctx => {
      ctx.session.flush()
      ctx.body = 'ok'
    }
    await get(browser)
    expect(await user(browser)).toBeUndefined()
    expect(await one.redis.get(recordKey(browser.sid))).toMatch(/"d":\{\}\}$/)
  })
})

describe('a response', () => {
  it('never leaves before its session is stored', async () => {
    const browser = await login()
    handler = async ctx => {
      await one.trio.pause(one.node)
      ctx.session.set('user', 'bob')
      ctx.redirect('/done')
    }
    const page = await browser.get(impatient.origin)
    await one.trio.resume(one.node)
    expect([page.status, page.headers.get('location')]).toEqual([503, null])
  })

  it('costs no command when its session is lazy and is not asked for', async () => {
    const browser = await login()
    const lazy = await startSite({ url: one.url, load: 'lazy' }, async ctx => {
      if (ctx.path === '/user') ctx.body = (await ctx.session.load()).get('user')
      else ctx.body = 'static'
    })
    expect(await watch.during(() => browser.get(`${lazy.origin}/style.css`))).toEqual([])
    expect((await browser.get(`${lazy.origin}/user`)).text).toBe('ada')
    await lazy.stop()
  })

  it('of one visitor never has the values of another: ten rounds of two hundred at once', async () => {
    handler = async ctx => {
      if (ctx.query.name !== undefined) ctx.session.set('name', ctx.query.name)
      await sleep(Math.random() * 3)
      ctx.body = ctx.session.get('name')
    }
    const names = Array.from({ length: 200 }, (_, i) => `visitor-${i}`)
    const browsers = names.map(() => new Browser())
    await Promise.all(names.map((name, i) => get(browsers[i]!, `/?name=${name}`)))
    for (let round = 0; round < 10; round++) {
      const pages = await Promise.all(browsers.map(browser => get(browser)))
      expect(pages.map(({ text }) => text)).toEqual(names)
    }
  })
})
