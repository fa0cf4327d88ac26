/** The same requests to two applications, one on the real koa-session and one on ours: the same answers, cookies, events and calls. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { createProvider, memoryBackend } from '@sentinel-session/core'
import { koaStore } from '@sentinel-session/core/internal'
import { faultyBackend } from '@sentinel-session/testing'
import Koa from 'koa'
import koaSession from 'koa-session'
import { afterEach, describe, expect, it } from 'vitest'
import compat, { type CompatOptions, createSession } from './compat.ts'

// biome-ignore lint/suspicious/noExplicitAny: koa-session types neither sessions nor contexts
type Any = any

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

interface Log {
  events: unknown[]
  saves: unknown[]
  errors: unknown[]
}

/** `make` puts one of the two on the app. */
async function serve(
  make: (options: Any, app: Koa<Any, Any>) => Any,
  options: Any,
  handler: (ctx: Any) => unknown,
): Promise<{ origin: string } & Log> {
  const log: Log = { events: [], saves: [], errors: [] }
  const app = new Koa<Any, Any>()
  app.keys = ['a key', 'an older key']
  // Whoever says it.
  app.on('error', error => log.errors.push(error.message.replace(/^\w+\./, '')))
  for (const name of ['missed', 'expired', 'invalid']) {
    app.on(`session:${name}` as 'error', (about: Any) => {
      const { ctx, key, value } = about
      log.events.push([name, typeof key, value && Object.keys(value).toSorted(), ctx.path])
    })
  }
  // koa-session saves again at the end what `save()` has saved: once is enough.
  const beforeSave = (ctx: Any, session: Any): void => {
    const saved = JSON.stringify([ctx.path, session])
    if (log.saves.at(-1) !== saved) log.saves.push(saved)
  }
  app.use(make({ beforeSave, ...options }, app))
  app.use(handler)
  const server = app.listen(0)
  await once(server, 'listening')
  stops.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ...log }
}

/** What one visitor sees, without what is random. */
async function walk({ origin, ...log }: { origin: string } & Log, paths: readonly string[]): Promise<unknown> {
  const jar = new Map<string, string>()
  const pages: unknown[] = []
  for (const path of paths) {
    const cookie = [...jar].map(pair => pair.join('=')).join('; ')
    const response = await fetch(origin + path, { headers: { cookie } })
    const before = new Map(jar)
    const cookies = response.headers.getSetCookie().map(line => {
      const [, name = '', value = '', attributes = ''] = /^([^=]+)=([^;]*)(.*)$/.exec(line)!
      if (/expires=Thu, 01 Jan 1970/.test(line)) jar.delete(name)
      else jar.set(name, value)
      const expires = /expires=([^;]+)/.exec(attributes)?.[1]
      const inMinutes = expires === undefined ? undefined : Math.round((Date.parse(expires) - Date.now()) / 60_000)
      const left = inMinutes !== undefined && inMinutes < 0 ? 'past' : inMinutes
      return [
        name,
        value === '' ? 'empty' : before.get(name) === value ? 'same' : 'fresh',
        left,
        attributes.replace(/expires=[^;]+/, ''),
      ]
    })
    // Set twice to the same: as often as it was saved.
    const distinct = [...new Set(cookies.map(cookie => JSON.stringify(cookie)))]
    pages.push([path, response.status, await response.text(), distinct])
  }
  // Events come after the answer.
  await new Promise(resolve => setImmediate(() => setImmediate(resolve)))
  return { pages, ...log }
}

async function bothWays(
  options: CompatOptions & Record<string, unknown>,
  handler: (ctx: Any) => unknown,
  paths: readonly string[],
) {
  const provider = () => createProvider(memoryBackend())
  const theirs = await serve(koaSession as Any, { store: koaStore(provider()), ...options }, handler)
  const ours = await serve(createSession, { provider: provider(), ...options }, handler)
  const [expected, found] = [await walk(theirs, paths), await walk(ours, paths)]
  expect(found).toEqual(expected)
  return found as { pages: [string, number, string, string[]][] } & Log
}

function everything(ctx: Any): unknown {
  const { session } = ctx
  switch (ctx.path) {
    case '/set':
      session.user = 'ada'
      session.cart = ['tea']
      break
    case '/push':
      session.cart.push('milk')
      break
    case '/private':
      session._secret = 1
      session.run = () => 1
      break
    case '/null':
      ctx.session = null
      ctx.body = String(ctx.session)
      return undefined
    case '/replace':
      ctx.session = { only: 1 }
      break
    case '/empty':
      ctx.session = {}
      break
    case '/wrong':
      ctx.session = 'text'
      break
    case '/save':
      return session.save().then(() => {
        ctx.body = 'saved'
      })
    case '/regenerate':
      return session.regenerate().then(() => {
        session.fresh = true
        ctx.body = 'regenerated'
      })
    case '/callback':
      return new Promise<void>(resolve => session.save(() => resolve())).then(() => {
        ctx.body = 'called'
      })
    case '/commit':
      session.committed = true
      return session.manuallyCommit().then(() => {
        ctx.body = 'committed'
      })
    case '/maxage':
      session.maxAge = 7_200_000
      break
    case '/throw':
      session.thrown = true
      return ctx.throw(418, 'short and stout')
    case '/options':
      ctx.body = [ctx.sessionOptions.key, ctx.sessionOptions.rolling]
      return undefined
    case '/look':
      break
    case '/nothing':
      ctx.body = 'nothing'
      return undefined
  }
  ctx.body = {
    session: ctx.session,
    isNew: ctx.session.isNew,
    length: ctx.session.length,
    populated: ctx.session.populated,
    maxAge: ctx.session.maxAge ?? null,
    inspected: inspect(ctx.session),
    key: typeof ctx.session.externalKey,
  }
  return undefined
}

const WALK = '/nothing /look /set /look /push /look /private /replace /look /empty /look /set /null /look /look'.split(
  ' ',
)
const TURNS =
  '/save /set /callback /regenerate /look /maxage /look /options /commit /look /throw /look /wrong /look'.split(' ')

describe('the same as koa-session', () => {
  it.each<[string, CompatOptions & Record<string, unknown>]>([
    ['with its defaults', {}],
    ['rolling', { rolling: true }],
    ['renew, near the end', { renew: true, maxAge: 3_600_000 }],
    ['maxAge', { maxAge: 3_600_000 }],
    ["maxAge: 'session'", { maxAge: 'session' }],
    ['unsigned, with a name', { signed: false, key: 'sid' }],
    ['without httpOnly and overwrite', { httpOnly: false, overwrite: false }],
    ['sameSite, path, domain and priority', { sameSite: 'strict', path: '/', domain: '127.0.0.1', priority: 'high' }],
    ['without autoCommit', { autoCommit: false }],
    ['prefix', { prefix: 'p-' }],
    ['genid', { genid: () => `mine${Math.random()}` }],
    [
      'a session that is not valid',
      { valid: (ctx: Any, session: Any) => ctx.path !== '/look' && session.user !== 'x' },
    ],
  ])('%s', async (_, options) => {
    const { pages } = await bothWays(options, everything, WALK)
    expect(pages).toHaveLength(WALK.length)
    // Of a second save in one request koa-session forgets that it was 'session', and means a day.
    if (options.maxAge !== 'session') await bothWays(options, everything, TURNS)
  })

  it('a cookie that was changed, of nobody, or signed by an older key', async () => {
    const handler = (ctx: Any): void => {
      ctx.body = { user: ctx.session.user ?? null, isNew: ctx.session.isNew }
    }
    const seen: unknown[] = []
    for (const make of [koaSession, createSession] as Any[]) {
      const store = koaStore(createProvider(memoryBackend()))
      const app = await serve(make, { store }, ctx => {
        if (ctx.path === '/set') ctx.session.user = 'ada'
        handler(ctx)
      })
      const set = await fetch(`${app.origin}/set`)
      const [key, signature] = set.headers.getSetCookie().map(line => line.split(';')[0]!)
      const ask = async (cookie: string) => (await fetch(app.origin, { headers: { cookie } })).json()
      seen.push([
        await ask(`${key}; ${signature}`),
        await ask(`${key}`),
        await ask(`${key}x; ${signature}`),
        await ask(`koa.sess=unknown; ${signature}`),
      ])
    }
    expect(seen[1]).toEqual(seen[0])
    expect(seen[0]).toMatchObject([{ user: 'ada' }, { user: null }, { user: null }, { user: null }])
  })

  it('externalKey, store and ContextStore', async () => {
    const seen: unknown[] = []
    for (const make of [koaSession, createSession] as Any[]) {
      const calls: unknown[] = []
      const rows = new Map<string, string>()
      class Store {
        readonly path: string
        constructor(ctx: Any) {
          this.path = ctx.path
        }
        async get(key: string, maxAge: unknown, { ctx, rolling }: Any) {
          calls.push(['get', key, maxAge, ctx.path, rolling, this.path])
          return rows.has(key) ? JSON.parse(rows.get(key)!) : undefined
        }
        async set(key: string, session: Any, maxAge: unknown, { ctx, rolling, changed }: Any) {
          const { _expire, ...rest } = session
          calls.push(['set', key, rest, typeof _expire, maxAge, ctx.path, rolling, changed])
          rows.set(key, JSON.stringify(session))
        }
        async destroy(key: string, { ctx }: Any) {
          calls.push(['destroy', key, ctx.path])
          rows.delete(key)
        }
      }
      const externalKey = {
        get: (ctx: Any) => ctx.get('x-key'),
        set: (ctx: Any, key: string) => ctx.set('x-key', key),
      }
      let n = 0
      const options = { ContextStore: Store, externalKey, genid: () => `key-${n++ === 0 ? 'a' : 'b'}`, maxAge: 60_000 }
      const { origin } = await serve(make, options, ctx => {
        if (ctx.path === '/set') ctx.session.user = 'ada'
        if (ctx.path === '/null') ctx.session = null
        ctx.body = { user: ctx.session?.user ?? null }
      })
      const set = await fetch(`${origin}/set`)
      const headers = { 'x-key': set.headers.get('x-key')! }
      const pages = [
        set,
        await fetch(origin, { headers }),
        await fetch(`${origin}/null`, { headers }),
        await fetch(origin, { headers }),
      ]
      seen.push([await Promise.all(pages.map(page => page.json())), headers, calls])
    }
    expect(seen[1]).toEqual(seen[0])
  })

  it('a session that has expired', async () => {
    const brief = { maxAge: 30 }
    for (const make of [koaSession, createSession] as Any[]) {
      const app = await serve(make, { store: koaStore(createProvider(memoryBackend())), ...brief }, ctx => {
        if (ctx.path === '/set') ctx.session.user = 'ada'
        ctx.body = { user: ctx.session.user ?? null }
      })
      const cookie = (await fetch(`${app.origin}/set`)).headers
        .getSetCookie()
        .map(line => line.split(';')[0]!)
        .join('; ')
      await expect.poll(async () => (await fetch(app.origin, { headers: { cookie } })).json()).toEqual({ user: null })
      await expect.poll(() => app.events).toContainEqual(['expired', 'string', expect.anything(), '/'])
    }
  })
})

describe('what koa-session does not', () => {
  const cookiesOf = (response: Response): string =>
    response.headers
      .getSetCookie()
      .map(line => line.split(';')[0]!)
      .join('; ')

  it('keeps what two requests have changed, and brings no session back that was ended', async () => {
    const gates = new Map<string, () => void>()
    const { origin } = await serve(compat, { provider: createProvider(memoryBackend()) }, async ctx => {
      const { session } = ctx
      if (ctx.path !== '/') await new Promise<void>(open => gates.set(ctx.path, open))
      if (ctx.path === '/out') ctx.session = null
      else if (ctx.path !== '/') session[ctx.path] = 1
      else session.user ??= 'ada'
      ctx.body = session
    })
    const cookie = cookiesOf(await fetch(origin))
    const ask = (path: string) => fetch(origin + path, { headers: { cookie } })
    const [one, two, out, late] = [ask('/one'), ask('/two'), ask('/out'), ask('/late')]
    await expect.poll(() => gates.size).toBe(4)
    gates.get('/one')!()
    await one
    gates.get('/two')!()
    await two
    expect(await (await ask('/')).json()).toEqual({ user: 'ada', '/one': 1, '/two': 1 })
    gates.get('/out')!()
    await out
    gates.get('/late')!()
    expect((await late).status).toBe(409)
    expect(await (await ask('/')).json()).toEqual({ user: 'ada' })
  })

  it('answers 503 where the store cannot be asked, and loses no error of the handler behind that', async () => {
    const backend = faultyBackend(memoryBackend())
    const { origin, errors } = await serve(compat, { provider: createProvider(backend) }, ctx => {
      ctx.session.user = 'ada'
      if (ctx.path === '/throw') throw new Error('of the handler')
      ctx.body = 'ok'
    })
    const cookie = cookiesOf(await fetch(origin))
    backend.fail('create')
    expect((await fetch(`${origin}/throw`)).status).toBe(503)
    expect(errors[0]).toBe('of the handler')
    backend.heal()
    backend.fail('read')
    const failed = await fetch(origin, { headers: { cookie } })
    expect([failed.status, failed.headers.get('retry-after'), failed.headers.getSetCookie()]).toEqual([503, '1', []])
  })

  it('writes once for a save and the end of the request, and nothing to end what was never stored', async () => {
    const calls: string[] = []
    const store = {
      get: async () => undefined,
      set: async () => void calls.push('set'),
      destroy: async () => void calls.push('destroy'),
    }
    const { origin } = await serve(compat, { store }, async ctx => {
      ctx.session.user = 'ada'
      if (ctx.path === '/save') await ctx.session.save()
      else ctx.session = null
      ctx.body = 'ok'
    })
    await fetch(`${origin}/save`)
    await fetch(origin)
    expect(calls).toEqual(['set'])
  })
})

describe('what cannot work', () => {
  it('is refused', () => {
    const app = new Koa()
    expect(() => createSession({} as Any, undefined as Any)).toThrow(TypeError)
    expect(() => createSession({ store: { get() {} } as Any }, app)).toThrow(/store must have the function set/)
    expect(() => createSession({ ContextStore: class {} as Any }, app)).toThrow(
      /ContextStore must have the function get/,
    )
  })
})
