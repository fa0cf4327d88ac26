/** What a session lives through over HTTP on a real Redis, in two processes' worth of middleware: renewal, logout beside it, migration. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createSessionManager, type SessionOptions } from '@sentinel-session/core'
import { session } from '@sentinel-session/koa'
import { redisSentinelProvider } from '@sentinel-session/redis'
import Koa from 'koa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Browser } from './support/browser.ts'
import { type OneRedis, recordKey, startOneRedis, type Values } from './support/site.ts'

let one: OneRedis
const stops: (() => unknown)[] = []
let offsetMs = 0

beforeAll(async () => {
  one = await startOneRedis()
  stops.unshift(() => one.stop())
})
afterAll(async () => {
  for (const stop of stops) await stop()
})

/** A server with connections of its own, and the clock of all of them. */
async function serve(options: SessionOptions<Values>): Promise<string> {
  const provider = redisSentinelProvider({ url: one.url })
  const clock = { now: () => Date.now() + offsetMs, sleep: async () => {} }
  const app = new Koa()
  app.silent = true
  app.use(session<Values, Values>({ manager: createSessionManager<Values>({ ...options, provider, clock }) }))
  app.use(async ctx => {
    const values = ctx.session
    if (ctx.path === '/logout') await values.destroy()
    else if (ctx.query.key !== undefined) {
      values.set(String(ctx.query.key), true)
      values.update('n', (n: number | undefined) => (n ?? 0) + 1)
    }
    ctx.body = values.status === 'live' ? { ...values.data } : { status: values.status }
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stops.unshift(async () => {
    server.closeAllConnections()
    server.close()
    await provider.close()
  })
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

const renewal: SessionOptions<Values> = { timeouts: { renewal: { after: '20m', grace: '1m' } } }
const after = (minutes: number): void => {
  offsetMs += minutes * 60_000
}

describe('a sid that is renewed', () => {
  it('gives one new one to fifty parallel requests at two servers, and nothing is lost', async () => {
    const servers = [await serve(renewal), await serve(renewal)]
    const browser = new Browser()
    await browser.get(`${servers[0]}/?key=first`)
    const old = browser.cookie!
    after(21)
    const keys = Array.from({ length: 50 }, (_, i) => `k${i}`)
    const visitors = keys.map(() => new Browser(old))
    const pages = await Promise.all(visitors.map((each, i) => each.get(`${servers[i % 2]}/?key=${keys[i]}`)))
    expect(pages.map(({ status }) => status)).toEqual(keys.map(() => 200))
    const fresh = visitors.filter(({ cookie }) => cookie !== old)
    expect(fresh).toHaveLength(1)
    const data = JSON.parse((await fresh[0]!.get(`${servers[1]}/`)).text)
    expect(Object.keys(data).sort()).toEqual(['first', 'n', ...keys].sort())
    expect(data.n).toBe(51)
    expect(JSON.parse((await new Browser(old).get(`${servers[0]}/`)).text).n).toBe(51)
    after(2)
    const late = await new Browser(old).get(`${servers[0]}/`)
    expect([late.text, late.headers.getSetCookie()]).toEqual(['{"status":"retired"}', []])
    const tombstone = JSON.parse((await one.redis.get(recordKey(new Browser(old).sid)))!)
    expect(Object.keys(tombstone.d)).toEqual(['~~'])
  })

  it('is ended by a logout, whichever of the two carries it and however they meet', async () => {
    const servers = [await serve(renewal), await serve(renewal)]
    for (let round = 0; round < 20; round++) {
      const browser = new Browser()
      await browser.get(`${servers[0]}/?key=first`)
      const old = browser.cookie!
      after(21)
      const [renewing, leaving] = [new Browser(old), new Browser(old)]
      const [, logout] = await Promise.all([renewing.get(`${servers[0]}/?key=a`), leaving.get(`${servers[1]}/logout`)])
      expect(logout.status).toBe(200)
      for (const cookie of [old, renewing.cookie]) {
        const page = await new Browser(cookie).get(`${servers[round % 2]}/`)
        expect(page.text).not.toContain('first')
      }
    }
  })
})

describe('a session of an older release', () => {
  it('is read by the newer one, and afterwards refused by the older one', async () => {
    const older = await serve({})
    const newer = await serve({ migrate: { version: 1, up: ({ name, ...rest }) => ({ ...rest, who: name }) } })
    const browser = new Browser()
    await browser.get(`${older}/?key=name`)
    expect(JSON.parse((await browser.get(`${newer}/`)).text)).toEqual({ n: 1, who: true })
    expect((await browser.get(`${older}/`)).status).toBe(200)
    await browser.get(`${newer}/?key=more`)
    expect(await one.redis.get(recordKey(browser.sid))).toContain('"~~":{"version":1}')
    const refused = await browser.get(`${older}/?key=name`)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    expect(JSON.parse((await browser.get(`${newer}/`)).text)).toEqual({ n: 2, more: true, who: true })
  })
})
