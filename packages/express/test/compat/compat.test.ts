/** What takes the place of express-session does more than it: promises, no lost writes, real errors. And what it refuses. */
import { createRequire } from 'node:module'
import { createProvider, memoryBackend } from '@sentinel-session/core'
import session, { expressLayout, type SessionOptions } from '@sentinel-session/express/compat'
import { faultyBackend } from '@sentinel-session/testing'
import express from 'express'
import { afterEach, describe, expect, it } from 'vitest'
import { serve } from '../support/serve.ts'
import { Browser } from './browser.ts'

const expressSession = createRequire(import.meta.url)('express-session')
// biome-ignore lint/suspicious/noExplicitAny: req.session has the types of express-session here
type Any = any

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function originOf(middleware: Any, handler: (req: Any, res: Any, next: Any) => unknown): Promise<string> {
  const app = express()
  app.set('env', 'test')
  app.use(middleware, handler)
  const { origin, stop } = await serve(app as unknown as Parameters<typeof serve>[0])
  stops.push(stop)
  return origin
}

const options: SessionOptions = { secret: 'a secret', resave: false, saveUninitialized: false }

const count = (req: Any, res: Any): void => {
  req.session.views = (req.session.views ?? 0) + 1
  res.json(req.session.views)
}

describe('the methods', () => {
  it('give a promise where no callback is passed', async () => {
    const origin = await originOf(session(options), async (req, res) => {
      const seen: unknown[] = []
      req.session.a = 1
      await req.session.save()
      req.session.a = 2
      await req.session.reload()
      seen.push(req.session.a)
      const before = req.sessionID
      await req.session.regenerate()
      seen.push(req.session.a, before === req.sessionID)
      await req.session.destroy()
      seen.push(req.session)
      res.json(seen)
    })
    expect((await new Browser(origin).visit('/')).body).toBe('[1,null,false,null]')
  })

  it('reject, and call back with, the error of a store that cannot be asked', async () => {
    const store = faultyBackend(memoryBackend())
    const provider = createProvider(store, { layout: expressLayout })
    const origin = await originOf(session({ ...options, store: provider }), async (req, res) => {
      req.session.a = 1
      const rejected = await req.session.save().catch((error: Any) => error.code)
      const calledBack = await new Promise(resolve => req.session.save((error: Any) => resolve(error.code)))
      delete req.session.a
      res.json([rejected, calledBack])
    })
    store.fail('create')
    expect((await new Browser(origin).visit('/')).body).toBe('["ERR_BACKEND_UNAVAILABLE","ERR_BACKEND_UNAVAILABLE"]')
  })
})

describe('other than with express-session', () => {
  it('a session that cannot be stored is an answer of 503', async () => {
    const store = faultyBackend(memoryBackend())
    const origin = await originOf(session({ ...options, store: createProvider(store) }), count)
    store.fail('create')
    expect(await new Browser(origin).visit('/')).toMatchObject({ status: 503, cookies: [] })
    store.heal()
    expect(await new Browser(origin).visit('/')).toMatchObject({ status: 200, body: '1' })
  })

  it('requests at once lose nothing of one another, and a slow one does not undo a logout', async () => {
    let open: (() => void) | undefined
    const origin = await originOf(session(options), async (req, res) => {
      if (req.path === '/read') return res.json(Object.keys(req.session))
      if (req.path === '/logout') {
        await req.session.destroy()
        return res.send('bye')
      }
      if (req.path === '/slow') await new Promise<void>(resolve => (open = resolve))
      req.session[req.query.key] = 1
      return res.send('kept')
    })
    const browser = new Browser(origin)
    await browser.visit('/?key=first')
    const keys = Array.from({ length: 20 }, (_, i) => `k${i}`)
    await Promise.all(keys.map(key => browser.visit(`/?key=${key}`)))
    expect(JSON.parse((await browser.visit('/read')).body).sort()).toEqual(['cookie', 'first', ...keys].sort())
    const slow = browser.visit('/slow?key=late')
    await expect.poll(() => open, { timeout: 10_000 }).toBeDefined()
    await browser.visit('/logout')
    open!()
    expect((await slow).status).toBe(409)
    expect((await browser.visit('/read')).body).toBe('["cookie"]')
  })
})

describe('a signed cookie', () => {
  it('that express-session wrote verifies, and with an older secret too', async () => {
    const sid = 'of-express-session-itself-0000001'
    const store = createProvider(memoryBackend(), { layout: expressLayout })
    const old = new Browser(await originOf(expressSession({ ...options, secret: 'old', genid: () => sid }), count))
    await old.visit('/')
    const first = await originOf(session({ ...options, store, genid: () => sid }), count)
    await new Browser(first).visit('/')
    const browser = new Browser(await originOf(session({ ...options, store, secret: ['new', 'old'] }), count))
    browser.jar.set('connect.sid', old.jar.get('connect.sid')!)
    expect((await browser.visit('/')).body).toBe('2')
    const stranger = new Browser(await originOf(session({ ...options, store, secret: 'another' }), count))
    stranger.jar.set('connect.sid', old.jar.get('connect.sid')!)
    expect((await stranger.visit('/')).body).toBe('1')
  })

  it('is one that express-session verifies', async () => {
    const browser = new Browser(await originOf(session(options), count))
    await browser.visit('/')
    let asked = ''
    const store = new expressSession.MemoryStore()
    store.get = (sid: string, callback: (error: null) => void) => {
      asked = sid
      callback(null)
    }
    const theirs = new Browser(await originOf(expressSession({ ...options, store }), count))
    theirs.jar.set('connect.sid', browser.jar.get('connect.sid')!)
    await theirs.visit('/')
    expect(asked).toMatch(/^[\w-]{43}$/)
  })
})

describe('options', () => {
  it.each([
    ['no secret', { secret: '' }],
    ['an empty list of secrets', { secret: [] }],
    ['an unknown unset', { secret: 's', unset: 'forget' }],
    ['a genid that is no function', { secret: 's', genid: 'uuid' }],
    ['a name that nobody knows', { secret: 's', saveUninitialised: false }],
  ])('%s is refused', (_, given) => {
    expect(() => session(given as Any)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_OPTION' }))
  })

  it('genid needs the layout', async () => {
    const store = createProvider(memoryBackend())
    const origin = await originOf(session({ ...options, store, genid: () => 'mine' }), count)
    expect((await new Browser(origin).visit('/')).body).toMatch('expressLayout')
  })
})

it('req.sessionStore reads, changes, counts and ends sessions', async () => {
  const call = (work: (callback: (error: unknown, value?: Any) => void) => void): Promise<Any> =>
    new Promise((resolve, reject) => work((error, value) => (error ? reject(error) : resolve(value))))
  const origin = await originOf(session(options), async (req, res) => {
    if (req.path === '/') return count(req, res)
    const { sessionStore: store, sessionID: sid } = req
    await call(done => store.set(sid, { ...req.session, views: 41 }, done))
    const { views } = await call(done => store.get(sid, done))
    await call(done => store.touch(sid, req.session, done))
    const length = await call(done => store.length(done))
    await call(done => store.destroy(sid, done))
    return res.json([views, length, await call(done => store.get(sid, done)), typeof store.on])
  })
  const browser = new Browser(origin)
  await browser.visit('/')
  expect((await browser.visit('/all')).body).toBe('[41,1,null,"function"]')
})

it('req.sessionStore says when it could not be asked, and when it could again', async () => {
  const backend = faultyBackend(memoryBackend())
  const heard: string[] = []
  const counting = session({ ...options, store: createProvider(backend) })
  const origin = await originOf(counting, (req, res) => {
    if (heard.length === 0) {
      heard.push('listening')
      for (const name of ['connect', 'disconnect']) req.sessionStore.on(name, () => heard.push(name))
    }
    count(req, res)
  })
  const browser = new Browser(origin)
  await browser.visit('/')
  backend.fail('read')
  expect([await browser.visit('/'), await browser.visit('/')].map(({ status }) => status)).toEqual([503, 503])
  backend.heal()
  expect((await browser.visit('/')).body).toBe('2')
  backend.fail('replace')
  expect((await browser.visit('/')).status).toBe(503)
  expect(heard).toEqual(['listening', 'disconnect', 'connect', 'disconnect'])
})
