/** Moving in, on real Redis: rows and cookies of the real connect-redis with express-session, and of the real koa-session. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { type Adoption, createSessionManager, type Manager, type RequestFacts } from '@sentinel-session/core'
import { redisSentinelProvider } from '@sentinel-session/redis'
import {
  adoptLegacy,
  connectRedis,
  koaSession as koaSessionRows,
  type LegacyClient,
} from '@sentinel-session/redis/legacy'
import { type SentinelTrio, startSentinel } from '@sentinel-session/testing/sentinel'
import express from 'express'
import { Redis } from 'ioredis'
import Koa from 'koa'
import koaSession from 'koa-session'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Browser } from './stores/site.ts'

// Without their types, which would be those of every request in this repository.
const require = createRequire(import.meta.url)
const expressSession = require('express-session')
const { RedisStore } = require('connect-redis')

const SECRET = 'the secret of before'
const until = new Date(Date.now() + 3_600_000)

let trio: SentinelTrio
let old: Redis
let managers: Manager[]
const stops: (() => unknown)[] = []
const stopsOfTest: (() => unknown)[] = []

beforeAll(async () => {
  trio = await startSentinel()
  stops.unshift(() => trio.stop())
  const sentinels = trio.sentinels.map(address => {
    const [host = '', port] = address.split(':')
    return { host, port: Number(port) }
  })
  old = new Redis({ sentinels, name: trio.masterName, sentinelRetryStrategy: () => 100, retryStrategy: () => 100 })
  // It tries again by itself.
  old.on('error', () => {})
  stops.unshift(() => old.disconnect())
})
afterAll(async () => {
  for (const stop of stops) await stop()
})
beforeEach(async () => {
  await old.flushall()
})
afterEach(async () => {
  for (const stop of stopsOfTest.splice(0)) await stop()
})

async function listening(server: Server): Promise<string> {
  if (!server.listening) await once(server, 'listening')
  stopsOfTest.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Two processes of the new application. */
function moveTo(adopt: Adoption): void {
  managers = [1, 2].map(() => {
    const provider = redisSentinelProvider({ savePath: trio.savePath })
    stopsOfTest.push(() => provider.close())
    return createSessionManager({ provider, adopt })
  })
}

interface Answer {
  data: Record<string, unknown>
  sid: string
  cookies: string[]
}

async function visit(cookie: string, at = 0, logout = false): Promise<Answer> {
  const facts: RequestFacts = {
    secure: true,
    host: 'example.com',
    url: '/',
    header: name => (name === 'cookie' ? cookie : undefined),
  }
  const { session, commit } = await managers[at]!.open(facts)
  const data = { ...session.data }
  const sid = session.sessionId()
  if (logout) await session.destroy()
  const { append } = await commit({ status: 200 })
  return { data, sid, cookies: append.filter(([name]) => name === 'Set-Cookie').map(([, value]) => value) }
}

const headerOf = (browser: Browser): string => [...browser.jar].map(pair => pair.join('=')).join('; ')

/** The old application on express-session: `/login` and `/`; `/slow` saves when it is told to. */
async function expressApp(): Promise<{ browser: Browser; save: () => void; held: Promise<void> }> {
  let save = (): void => {}
  let entered = (): void => {}
  const gate = new Promise<void>(resolve => {
    save = resolve
  })
  const held = new Promise<void>(resolve => {
    entered = resolve
  })
  const app = express()
  const store = new RedisStore({ client: old })
  app.use(
    expressSession({ store, secret: SECRET, resave: false, saveUninitialized: false, cookie: { maxAge: 3_600_000 } }),
  )
  // biome-ignore lint/suspicious/noExplicitAny: express-session without its types
  app.use(async (req: any, res) => {
    if (req.path === '/login') req.session.passport = { user: 7 }
    if (req.path === '/slow') {
      entered()
      await gate
      req.session.slow = true
    }
    res.json({ user: req.session.passport?.user ?? null })
  })
  return { browser: new Browser(await listening(app.listen(0))), save, held }
}

async function koaApp(): Promise<Browser> {
  const app = new Koa()
  app.keys = ['a newer key', SECRET]
  const store = {
    async get(key: string) {
      const text = await old.get(`koa:${key}`)
      return text === null ? undefined : JSON.parse(text)
    },
    async set(key: string, session: object, maxAge: number) {
      await old.set(`koa:${key}`, JSON.stringify(session), 'PX', maxAge)
    },
    async destroy(key: string) {
      await old.del(`koa:${key}`)
    },
  }
  // biome-ignore lint/suspicious/noExplicitAny: its types ask for more than it does
  app.use(koaSession({ store: store as any, prefix: 'app-' }, app))
  // biome-ignore lint/suspicious/noExplicitAny: koa-session types nothing
  app.use((ctx: any) => {
    if (ctx.path === '/login') ctx.session.user = 'ada'
    ctx.body = { user: ctx.session.user ?? null }
  })
  return new Browser(await listening(app.listen(0)))
}

const fromExpress = (client: LegacyClient = old): Adoption =>
  adoptLegacy({ from: connectRedis({ client, secret: SECRET }), until })

const sessionKeys = async (): Promise<string[]> => (await old.keys('sess:*')).filter(key => key.length === 48)
const oldRows = async (): Promise<number> => (await old.keys('sess:*')).length - (await sessionKeys()).length

describe('a session of connect-redis and express-session', () => {
  it('becomes one of ours, once, for all requests that come with its cookie', async () => {
    const { browser } = await expressApp()
    await browser.get('/login')
    const cookie = headerOf(browser)
    expect(await oldRows()).toBe(1)
    moveTo(fromExpress())
    const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => visit(cookie, i % 2)))
    expect(answers.map(({ data }) => data)).toEqual(answers.map(() => ({ passport: { user: 7 } })))
    expect(new Set(answers.map(({ sid }) => sid)).size).toBe(1)
    expect([await oldRows(), (await sessionKeys()).length]).toEqual([0, 1])
    const { cookies, sid } = answers[0]!
    expect(cookies).toEqual([expect.stringMatching(/^connect\.sid=; Max-Age=0/), expect.stringMatching(/^__Host-sid=/)])
    expect(cookie).not.toContain(sid)
    // By its own cookie from now on; the old application knows nothing of it any more.
    expect((await visit(cookies[1]!.split(';')[0]!, 1)).data).toEqual({ passport: { user: 7 } })
    expect((await browser.get('/')).values).toEqual({ user: null })
  })

  it('stays ended after a logout, also when an old instance saves it once more', async () => {
    const { browser, save, held } = await expressApp()
    await browser.get('/login')
    const cookie = headerOf(browser)
    const slow = browser.copy().get('/slow')
    await held
    moveTo(fromExpress())
    const { data } = await visit(cookie, 0, true)
    expect(data).toEqual({ passport: { user: 7 } })
    save()
    await slow
    expect(await oldRows()).toBe(1)
    for (const at of [0, 1]) {
      const after = await visit(cookie, at)
      expect([after.data, after.cookies.length]).toEqual([{}, 1])
    }
    expect([await oldRows(), await old.exists(...(await sessionKeys()), 'none')]).toEqual([0, 1])
  })

  it('is nothing under a cookie that was not signed, and after the end date', async () => {
    const { browser } = await expressApp()
    await browser.get('/login')
    const cookie = headerOf(browser)
    const sid = decodeURIComponent(cookie).slice('connect.sid=s:'.length).split('.')[0]!
    moveTo(fromExpress())
    for (const forged of [`connect.sid=s%3A${sid}`, `connect.sid=${sid}`, `connect.sid=s%3A${sid}.${'A'.repeat(43)}`]) {
      expect((await visit(forged)).data).toEqual({})
    }
    moveTo(adoptLegacy({ from: connectRedis({ client: old, secret: SECRET }), until: '2020-01-01' }))
    expect((await visit(cookie)).data).toEqual({})
    expect(await oldRows()).toBe(1)
  })

  it('is taken over once when the primary dies between the new session and the old row', async () => {
    const { browser } = await expressApp()
    await browser.get('/login')
    const cookie = headerOf(browser)
    let killed: Promise<unknown> | undefined
    const client: LegacyClient = {
      get: key => old.get(key),
      async del(key) {
        killed ??= trio.killPrimary()
        await killed
        return old.del(key)
      },
    }
    moveTo(fromExpress(client))
    const tries: (Answer | { status: number })[] = []
    await expect
      .poll(
        async () => {
          const tried = await visit(cookie).catch(error => ({ status: error.status }))
          tries.push(tried)
          return 'data' in tried ? tried.data : tried
        },
        { timeout: 40_000, interval: 200 },
      )
      .toEqual({ passport: { user: 7 } })
    // What was no session was an error that says so.
    expect(tries.slice(0, -1).every(tried => 'status' in tried && tried.status === 503)).toBe(true)
    expect([await oldRows(), (await sessionKeys()).length]).toEqual([0, 1])
    await trio.restart((await killed) as Awaited<ReturnType<SentinelTrio['killPrimary']>>)
    await trio.settled()
  })

  it('whose process died before it could answer is there for the next try, for a minute', async () => {
    const { browser } = await expressApp()
    await browser.get('/login')
    const cookie = headerOf(browser)
    const dies: LegacyClient = { get: key => old.get(key), del: () => Promise.reject(new Error('the process ends')) }
    moveTo(fromExpress(dies))
    await expect(visit(cookie)).rejects.toMatchObject({ status: 503 })
    expect(await oldRows()).toBe(1)
    moveTo(fromExpress())
    expect((await visit(cookie)).data).toEqual({ passport: { user: 7 } })
    expect([await oldRows(), (await sessionKeys()).length]).toEqual([0, 1])
    // As if the minute were over.
    await old.del(...(await old.keys('adopting:*')))
    expect((await visit(cookie)).data).toEqual({})
  })
})

describe('a session of koa-session', () => {
  it('becomes one of ours, under a new sid, and its two cookies go', async () => {
    const browser = await koaApp()
    await browser.get('/login')
    const cookie = headerOf(browser)
    expect(await old.keys('koa:app-*')).toHaveLength(1)
    // The key that signed it is not the first any more.
    const from = koaSessionRows({ client: old, keys: ['a newer one yet', 'a newer key', SECRET], prefix: 'koa:' })
    moveTo(adoptLegacy({ from, until }))
    const answers = await Promise.all([visit(cookie, 0), visit(cookie, 1)])
    expect(answers.map(({ data }) => data)).toEqual([{ user: 'ada' }, { user: 'ada' }])
    expect(answers[0]!.sid).toBe(answers[1]!.sid)
    expect(answers[0]!.cookies.map(line => line.split('=')[0])).toEqual(['koa.sess', 'koa.sess.sig', '__Host-sid'])
    expect(await old.keys('koa:*')).toEqual([])
    expect((await browser.get('/')).values).toEqual({ user: null })
  })

  it('is nothing without its signature', async () => {
    const browser = await koaApp()
    await browser.get('/login')
    moveTo(adoptLegacy({ from: koaSessionRows({ client: old, keys: [SECRET, 'a newer key'], prefix: 'koa:' }), until }))
    const [bare = ''] = headerOf(browser).split('; ')
    expect(bare).toMatch(/^koa\.sess=/)
    for (const forged of [
      bare,
      `${bare}; koa.sess.sig=${'A'.repeat(27)}`,
      `${bare}x; ${headerOf(browser).split('; ')[1]}`,
    ]) {
      expect((await visit(forged)).data).toEqual({})
    }
    expect(await old.keys('koa:*')).toHaveLength(1)
  })
})
