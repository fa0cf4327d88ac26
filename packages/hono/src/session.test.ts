import { createProvider, createSessionManager, memoryBackend, SessionError } from '@sentinel-session/core'
import { cookieFor, faultyBackend } from '@sentinel-session/testing'
import { type Context, Hono } from 'hono'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { exchange } from './exchange.ts'
import { type HonoOptions, type SessionVariables, session } from './session.ts'

type App = Hono<{ Variables: SessionVariables }>

const ORIGIN = 'https://shop.example'
const pairOf = (response: Response): string => response.headers.getSetCookie().at(-1)!.split(';')[0]!
const withCookie = (cookie: string): RequestInit => ({ headers: { cookie } })
const visit = (app: Hono | App, path = '/', init?: RequestInit): Promise<Response> =>
  Promise.resolve(app.request(ORIGIN + path, init))

const counting = (options: HonoOptions = {}): App => {
  const app: App = new Hono()
  app.use(session(options))
  app.get('/', c => {
    c.var.session.update('n', (n: number | undefined) => (n ?? 0) + 1)
    return c.text(String(c.get('session').get('n')))
  })
  return app
}

afterEach(() => vi.restoreAllMocks())

describe('the Hono middleware', () => {
  it('works with app.request(), as tests of Hono do', async () => {
    const app = counting()
    const first = await visit(app)
    const second = await visit(app, '/', withCookie(pairOf(first)))
    expect([await first.text(), await second.text()]).toEqual(['1', '2'])
  })

  it('puts its cookie on a response whose headers do not change', async () => {
    const app: App = new Hono()
    app.use(session())
    app.get('/', c => {
      c.var.session.set('a', 1)
      return Response.redirect('https://elsewhere.example/', 303)
    })
    const response = await visit(app)
    expect([response.status, response.headers.get('location')]).toEqual([303, 'https://elsewhere.example/'])
    expect(pairOf(response)).toMatch(/^__Host-sid=/)
  })

  it('leaves what the middleware around it put on the response', async () => {
    const app: App = new Hono()
    const store = faultyBackend(memoryBackend())
    app.use(async (c, next) => {
      c.header('Access-Control-Allow-Origin', 'https://app.example')
      await next()
    })
    app.use(session({ provider: createProvider(store) }))
    app.get('/', c => {
      c.var.session.set('a', 1)
      return c.text('ok', 200, { 'Content-Language': 'en' })
    })
    expect((await visit(app)).headers.get('access-control-allow-origin')).toBe('https://app.example')
    store.fail('create')
    const failed = await visit(app)
    expect([failed.status, await failed.text()]).toEqual([503, 'Service Unavailable'])
    expect(failed.headers.get('access-control-allow-origin')).toBe('https://app.example')
    expect(failed.headers.get('content-language')).toBeNull()
  })

  it('leaves an error of a commit to app.onError', async () => {
    const store = faultyBackend(memoryBackend())
    store.fail('create')
    const app: App = new Hono()
    app.use(session({ provider: createProvider(store) }))
    app.get('/', c => {
      c.var.session.set('a', 1)
      return c.text('ok')
    })
    app.onError((error, c) => c.text(error instanceof SessionError ? error.code : 'other', 500))
    expect(await (await visit(app)).text()).toBe('ERR_BACKEND_UNAVAILABLE')
  })

  it('shows its 500s in the log, as Hono does', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const response = await counting().request('http://shop.example/')
    expect(response.status).toBe(500)
    expect(log).toHaveBeenCalledWith(expect.objectContaining({ code: 'ERR_CONFIG_INSECURE' }))
  })

  it('is found by of, and says where it did not run', async () => {
    const sessions = session<{ n: number }>()
    const app = new Hono()
    app.get('/without', c => {
      expect(() => sessions.of(c)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_ABSENT' }))
      return c.text('ok')
    })
    app.use(sessions)
    app.get('/', c => {
      sessions.of(c).set('n', 1)
      return c.text('ok')
    })
    expect((await visit(app, '/without')).status).toBe(200)
    expect(pairOf(await visit(app))).toMatch(/^__Host-sid=/)
  })

  it('refuses a second session of the same name', async () => {
    const app = counting()
    app.onError(error => {
      throw error
    })
    const twice = new Hono()
    twice.use(session())
    twice.route('/', app)
    twice.onError((error, c) => c.json({ ...error }, 500))
    expect(await (await visit(twice)).json()).toMatchObject({ code: 'ERR_CONFIG_OPTION', field: 'as' })
  })

  it('takes a ready manager, and a session that a test has made', async () => {
    const manager = createSessionManager()
    const app: App = new Hono()
    app.use(session({ manager }))
    app.get('/', c => c.text(c.var.session.get('user')))
    expect(await (await visit(app, '/', withCookie(await cookieFor(manager, { user: 'ada' })))).text()).toBe('ada')
  })

  it('refuses what it does not know', () => {
    // @ts-expect-error no such option
    expect(() => session({ cookies: {} })).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_OPTION' }))
  })
})

describe('providerFor', () => {
  const records = memoryBackend()
  const opened: string[] = []
  const closed = vi.fn(async () => {})
  const providerFor = (c: Context): ReturnType<typeof createProvider> => {
    opened.push(c.env.NAME)
    return Object.assign(createProvider(records), { close: closed })
  }

  it('makes a provider for each request, from its env, and closes it after the commit', async () => {
    const app = counting({ providerFor })
    const first = await app.request(`${ORIGIN}/`, {}, { NAME: 'one' })
    expect(closed).toHaveBeenCalledTimes(1)
    const waiting: Promise<unknown>[] = []
    const context = {
      waitUntil: (promise: Promise<unknown>) => void waiting.push(promise),
      passThroughOnException() {},
    }
    const second = await app.request(`${ORIGIN}/`, withCookie(pairOf(first)), { NAME: 'two' }, context as never)
    expect([await second.text(), opened, waiting.length]).toEqual(['2', ['one', 'two'], 1])
    expect(closed).toHaveBeenCalledTimes(2)
  })

  it('stands alone, and leaves no manager for all requests', async () => {
    const sessions = session({ providerFor })
    expect(() => sessions.manager).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_PROVIDER' }))
    await sessions.ready()
    await sessions.close()
    const both = { providerFor, provider: createProvider(records) }
    expect(() => session(both)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_OPTION', field: 'providerFor' }))
    expect(() => session({ providerFor, cookie: { name: '' } })).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_COOKIE' }),
    )
  })
})

describe('exchange', () => {
  it("lets Beego's verbs work without the middleware", async () => {
    const manager = createSessionManager()
    const app = new Hono()
    app.get('/', async c => {
      const session = await manager.sessionStart(exchange(c))
      session.update('n', (n: number | undefined) => (n ?? 0) + 1)
      await session.sessionRelease()
      return c.text(String(session.get('n')))
    })
    app.get('/logout', async c => {
      await manager.sessionDestroy(exchange(c))
      return c.text('bye')
    })
    const first = await visit(app)
    expect(await (await visit(app, '/', withCookie(pairOf(first)))).text()).toBe('2')
    const logout = await visit(app, '/logout', withCookie(pairOf(first)))
    expect(logout.headers.getSetCookie()).toEqual([expect.stringContaining('Max-Age=0')])
  })

  it('means the session of the middleware where that ran', async () => {
    const manager = createSessionManager()
    const app: App = new Hono()
    app.use(session({ manager }))
    app.get('/', async c => {
      c.var.session.set('a', 1)
      await manager.sessionRegenerateId(exchange(c))
      return c.text(String((await manager.sessionStart(exchange(c))) === (c.var.session as unknown)))
    })
    const response = await visit(app)
    expect([await response.text(), response.headers.getSetCookie().length]).toEqual(['true', 1])
  })
})
