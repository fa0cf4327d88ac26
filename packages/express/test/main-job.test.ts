/** The main job, end to end: an Express server over HTTP against a real Sentinel deployment. */
import { type ExpressSession, redisSentinelSession } from '@sentinel-session/express'
import expressSession, { expressLayout } from '@sentinel-session/express/compat'
import { redisSentinelProvider } from '@sentinel-session/redis'
import { type SentinelTrio, startSentinel } from '@sentinel-session/testing/sentinel'
import express from 'express'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serve } from './support/serve.ts'

let trio: SentinelTrio
let sessions: ExpressSession<Record<string, unknown>, Record<string, unknown>>
let redis: Redis
let origin: string
const stops: (() => unknown)[] = []

beforeAll(async () => {
  trio = await startSentinel()
  stops.unshift(() => trio.stop())
  const { port } = await trio.currentPrimary()
  redis = new Redis(port, '127.0.0.1', { retryStrategy: () => null })
  redis.on('error', () => undefined)
  stops.unshift(() => redis.disconnect())
  sessions = redisSentinelSession({ savePath: trio.savePath })
  await sessions.ready()
  stops.unshift(() => sessions.close())
  const app = express()
  app.set('env', 'test')
  app.use(sessions)
  app.get('/read', (req, res) => res.json(req.session.data))
  app.get('/anonymous', (_req, res) => res.send('hello'))
  app.post('/login', (req, res) => {
    req.session.regenerate({ keep: ['n'] })
    req.session.set('user', 'ada')
    res.redirect('/read')
  })
  app.post('/logout', async (req, res) => {
    await req.session.destroy()
    res.sendStatus(204)
  })
  app.get('/count', (req, res) => {
    req.session.update('n', (n: number | undefined) => (n ?? 0) + 1)
    res.write('counted ')
    res.end(String(req.session.get('n')))
  })
  const served = await serve(app as unknown as Parameters<typeof serve>[0])
  origin = served.origin
  stops.unshift(() => served.stop())
})

afterAll(async () => {
  for (const stop of stops) await stop()
})

interface Page {
  status: number
  text: string
  cookie: string | undefined
}

async function visit(path: string, cookie = '', method = 'GET'): Promise<Page> {
  const response = await fetch(origin + path, { method, headers: { cookie }, redirect: 'manual' })
  const [line] = response.headers.getSetCookie()
  return { status: response.status, text: await response.text(), cookie: line?.split(';', 1)[0] }
}

describe("an app of express-session's on Sentinel", () => {
  it('keeps its sessions, and their sids cannot be read from Redis', async () => {
    const store = redisSentinelProvider({ savePath: trio.savePath, layout: expressLayout, keyPrefix: 'compat:' })
    stops.unshift(() => store.close())
    const app = express()
    app.set('env', 'test')
    app.use(expressSession({ secret: 'a secret', store, saveUninitialized: false, genid: () => 'chosen-by-genid' }))
    // biome-ignore lint/suspicious/noExplicitAny: req.session has the types of express-session here
    app.get('/', (req: Record<string, any>, res) => {
      req.session.views = (req.session.views ?? 0) + 1
      res.json([req.session.views, req.sessionID])
    })
    const { origin, stop } = await serve(app as unknown as Parameters<typeof serve>[0])
    stops.unshift(stop)
    const first = await fetch(origin)
    const cookie = first.headers.getSetCookie()[0]!.split(';', 1)[0]!
    expect(cookie).toMatch(/^connect\.sid=s%3Achosen-by-genid\./)
    const second = await fetch(origin, { headers: { cookie } })
    expect([await second.json(), second.headers.getSetCookie()]).toEqual([[2, 'chosen-by-genid'], []])
    const keys = await redis.keys('compat:*')
    expect(keys).toHaveLength(1)
    expect(`${keys[0]} ${await redis.get(keys[0]!)}`).not.toContain('chosen-by-genid')
  })
})

describe('an Express app on Sentinel', () => {
  it('stores nothing for a visitor for whom nothing is set', async () => {
    const before = await redis.dbsize()
    expect(await visit('/anonymous')).toEqual({ status: 200, text: 'hello', cookie: undefined })
    expect(await redis.dbsize()).toBe(before)
  })

  it('has stored a session before its redirect leaves, and ends the sid of before the login', async () => {
    const { cookie: anonymous } = await visit('/count')
    const login = await visit('/login', anonymous, 'POST')
    expect(login.status).toBe(302)
    expect((await visit('/read', login.cookie)).text).toBe('{"n":1,"user":"ada"}')
    expect((await visit('/read', anonymous)).text).toBe('{}')
    expect((await visit('/login', anonymous, 'POST')).status).toBe(409)
  })

  it('loses no count of 200 requests at once', async () => {
    const { cookie } = await visit('/count')
    const pages = await Promise.all(Array.from({ length: 200 }, () => visit('/count', cookie)))
    expect(pages.every(({ status, text }) => status === 200 && text.startsWith('counted '))).toBe(true)
    expect(JSON.parse((await visit('/read', cookie)).text)).toEqual({ n: 201 })
  })

  it('forgets all at the logout', async () => {
    const { cookie } = await visit('/login', '', 'POST')
    expect((await visit('/logout', cookie, 'POST')).status).toBe(204)
    expect((await visit('/read', cookie)).text).toBe('{}')
  })

  it('waits for the next primary when the first is killed, and the session is still there', async () => {
    const { cookie } = await visit('/login', '', 'POST')
    await trio.killPrimary()
    expect(await visit('/count', cookie)).toMatchObject({ status: 200, text: 'counted 1' })
    expect(JSON.parse((await visit('/read', cookie)).text)).toEqual({ user: 'ada', n: 1 })
  })
})
