import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { createProvider, createSessionManager, memoryBackend, type SessionEvent } from '@sentinel-session/core'
import { fakeClock } from '@sentinel-session/testing'
import Koa, { type Context } from 'koa'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { session } from './session.ts'

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

type App = Koa<Koa.DefaultState, Koa.DefaultContext>

async function serve(build: (app: App) => void): Promise<{ origin: string; errors: unknown[] }> {
  const app: App = new Koa()
  const errors: unknown[] = []
  app.on('error', error => errors.push(error))
  build(app)
  const server = app.listen(0)
  await once(server, 'listening')
  stops.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { origin: `http://localhost:${(server.address() as AddressInfo).port}`, errors }
}

const cookieOf = (response: Response): string => response.headers.getSetCookie()[0]!.split(';')[0]!
const withHandler = (handler: (ctx: Context) => unknown) => (app: App) => {
  app.use(session())
  app.use(handler)
}

describe('the Koa middleware', () => {
  it('keeps a session in memory when no provider is given', async () => {
    const { origin } = await serve(
      withHandler(ctx => {
        ctx.session.update('n', (n: number | undefined) => (n ?? 0) + 1)
        ctx.body = String(ctx.session.get('n'))
      }),
    )
    const first = await fetch(origin)
    const second = await fetch(origin, { headers: { cookie: cookieOf(first) } })
    expect([await first.text(), await second.text(), second.headers.getSetCookie()]).toEqual(['1', '2', []])
  })

  it('adds to the headers of the handler and replaces none', async () => {
    const { origin } = await serve(
      withHandler(ctx => {
        ctx.cookies.set('own', '1')
        ctx.vary('Accept')
        ctx.session.set('a', 1)
        ctx.body = 'ok'
      }),
    )
    const response = await fetch(origin)
    expect(response.headers.getSetCookie().map(cookie => cookie.split('=')[0])).toEqual(['own', '__Host-sid'])
    expect(response.headers.get('vary')).toBe('Accept, Cookie')
  })

  it('commits nothing when the handler throws, and hides no error', async () => {
    const { origin, errors } = await serve(
      withHandler(ctx => {
        ctx.session.set('a', 1)
        throw new Error('handler')
      }),
    )
    const response = await fetch(origin)
    expect([response.status, response.headers.getSetCookie()]).toEqual([500, []])
    expect(errors).toEqual([expect.objectContaining({ message: 'handler' })])
  })

  it('commits when the handler throws a 4xx, and its cookie survives the error handler of Koa', async () => {
    const { origin } = await serve(
      withHandler(ctx => {
        ctx.session.set('attempts', 1)
        ctx.throw(403, 'no')
      }),
    )
    const response = await fetch(origin)
    expect([response.status, response.headers.getSetCookie().length]).toEqual([403, 1])
  })

  it('sends the cookie of an awaited save, also when the handler throws afterwards', async () => {
    const { origin } = await serve(
      withHandler(async ctx => {
        ctx.session.set('a', 1)
        await ctx.session.save()
        throw new Error('later')
      }),
    )
    const response = await fetch(origin)
    expect([response.status, response.headers.getSetCookie().length]).toEqual([500, 1])
  })

  it('answers 503 with Retry-After and without a cookie when the save fails', async () => {
    const backend = memoryBackend()
    backend.create = () =>
      Promise.reject(
        Object.assign(new Error('down'), {
          code: 'ERR_BACKEND_UNAVAILABLE',
          status: 503,
          headers: { 'Retry-After': '1' },
        }),
      )
    const { origin } = await serve(app => {
      app.use(session({ provider: createProvider(backend) }))
      app.use(ctx => {
        ctx.session.set('a', 1)
        ctx.redirect('/')
      })
    })
    const response = await fetch(origin, { redirect: 'manual' })
    expect([response.status, response.headers.get('retry-after'), response.headers.getSetCookie()]).toEqual([
      503,
      '1',
      [],
    ])
    expect(response.headers.get('location')).toBeNull()
  })

  it('commits before the first byte of a stream, and reports a change after it', async () => {
    const events: SessionEvent[] = []
    const { origin } = await serve(app => {
      app.use(session({ onEvent: event => void events.push(event) }))
      app.use(ctx => {
        const body = new PassThrough()
        ctx.session.set('a', 1)
        ctx.body = body
        setTimeout(() => {
          ctx.session.set('late', 1)
          body.end('done')
        }, 20)
      })
    })
    const response = await fetch(origin)
    expect([await response.text(), response.headers.getSetCookie().length]).toEqual(['done', 1])
    expect(events.map(({ type }) => type)).toEqual(['created', 'changed-late'])
  })

  it('commits for a client that has gone away', async () => {
    const manager = createSessionManager()
    const leaving = new AbortController()
    let sid = ''
    const { origin } = await serve(app => {
      app.use(session({ manager }))
      app.use(async ctx => {
        ctx.session.set('order', 'tea')
        sid = ctx.session.sessionId()
        const gone = once(ctx.res, 'close')
        leaving.abort()
        await gone
      })
    })
    await expect(fetch(origin, { signal: leaving.signal })).rejects.toThrow()
    await expect.poll(async () => (await manager.read(sid))?.get('order')).toBe('tea')
  })

  it('answers 404 and HEAD as without it', async () => {
    const { origin } = await serve(app => app.use(session()))
    expect((await fetch(origin)).status).toBe(404)
    const head = await fetch(origin, { method: 'HEAD' })
    expect([head.status, head.headers.getSetCookie()]).toEqual([404, []])
  })

  it('checks what is stored by a schema, and answers 500 where it does not fit', async () => {
    const provider = createProvider(memoryBackend())
    const schema = z.object({ views: z.number().default(0) })
    const { origin, errors } = await serve(app => {
      app.use(session({ provider, schema }))
      app.use(ctx => {
        ctx.session.data.views++
        ctx.body = { ...ctx.session.data }
      })
    })
    const visit = async (cookie?: string): Promise<[Response, string]> => {
      const response = await fetch(origin, cookie === undefined ? {} : { headers: { cookie } })
      return [response, await response.text()]
    }
    const [first, counted] = await visit()
    const cookie = cookieOf(first)
    expect([counted, (await visit(cookie))[1]]).toEqual(['{"views":1}', '{"views":2}'])
    const spoiler = await createSessionManager({ provider }).read(cookie.split('=')[1]!)
    spoiler!.set('views', 'canary')
    await spoiler!.save()
    const [spoilt, text] = await visit(cookie)
    expect([spoilt.status, spoilt.headers.getSetCookie()]).toEqual([500, []])
    expect(errors).toEqual([expect.objectContaining({ code: 'ERR_RECORD_MALFORMED', field: 'views' })])
    expect(text + errors).not.toContain('canary')
  })

  it('answers 503 with Retry-After for a session of a newer release, and leaves the cookie', async () => {
    const provider = createProvider(memoryBackend())
    const newer = await serve(app => {
      app.use(session({ provider, migrate: { version: 1, up: data => data } }))
      app.use(ctx => {
        ctx.session.update('views', (n: number | undefined) => (n ?? 0) + 1)
        ctx.body = String(ctx.session.get('views'))
      })
    })
    const cookie = cookieOf(await fetch(newer.origin))
    const older = await serve(app => app.use(session({ provider, failure: { onMalformed: 'new' } })))
    const refused = await fetch(older.origin, { headers: { cookie } })
    expect([refused.status, refused.headers.get('retry-after'), refused.headers.getSetCookie()]).toEqual([503, '1', []])
    expect(await (await fetch(newer.origin, { headers: { cookie } })).text()).toBe('2')
  })

  it('renews a sid while requests are under way, and loses nothing', async () => {
    const clock = fakeClock(Date.now())
    const backend = memoryBackend({ clock })
    const manager = createSessionManager<Record<string, unknown>>({
      provider: createProvider(backend),
      clock,
      timeouts: { renewal: { after: '10m' } },
    })
    let open: (() => void) | undefined
    let arrived: (() => void) | undefined
    const isUnderWay = new Promise<void>(resolve => {
      arrived = resolve
    })
    const { origin } = await serve(app => {
      app.use(session({ manager }))
      app.use(async ctx => {
        const { key } = ctx.query
        ctx.session.set(String(key), true)
        if (key === 'slow') {
          arrived?.()
          await new Promise<void>(resolve => {
            open = resolve
          })
        }
        ctx.body = [...ctx.session.keys()].sort().join()
      })
    })
    const visit = (key: string, cookie?: string): Promise<Response> =>
      fetch(`${origin}/?key=${key}`, cookie === undefined ? {} : { headers: { cookie } })
    const old = cookieOf(await visit('first'))
    await clock.advance('10m')
    const slow = visit('slow', old)
    await isUnderWay
    const renewed = await visit('second', old)
    const fresh = cookieOf(renewed)
    expect(fresh).not.toBe(old)
    expect(await (await visit('seen', fresh)).text()).toBe('first,second,seen')
    const late = await visit('late', old)
    expect([await late.text(), late.headers.getSetCookie()]).toEqual(['first,late,second,seen', []])
    open!()
    expect([(await slow).status, (await slow).headers.getSetCookie()]).toEqual([200, []])
    expect(await (await visit('last', fresh)).text()).toBe('first,last,late,second,seen,slow')
    await clock.advance('31s')
    expect((await visit('refused', old)).status).toBe(409)
    expect(await (await visit('again', fresh)).text()).toBe('again,first,last,late,second,seen,slow')
  })

  it('answers 409 where verify finds that the visitor has logged out', async () => {
    const sessions = session()
    const { origin } = await serve(app => {
      app.use(sessions)
      app.use(async ctx => {
        if (ctx.path === '/login') ctx.session.set('user', 'ada')
        if (ctx.path === '/pay') {
          const elsewhere = await sessions.manager.read(ctx.session.sessionId())
          await elsewhere!.destroy()
          await ctx.session.verify()
        }
        ctx.body = 'ok'
      })
    })
    const cookie = cookieOf(await fetch(`${origin}/login`))
    const paid = await fetch(`${origin}/pay`, { headers: { cookie } })
    expect([paid.status, paid.headers.getSetCookie()]).toEqual([409, []])
  })

  it('keeps two sessions of different names apart', async () => {
    const { origin } = await serve(app => {
      app.use(session())
      app.use(session({ as: 'admin', cookie: { name: '__Host-admin' } }))
      app.use(ctx => {
        ctx.session.set('who', 'user')
        ctx.admin.set('who', 'admin')
        ctx.body = `${ctx.session.get('who')} ${ctx.admin.get('who')}`
      })
    })
    const response = await fetch(origin)
    expect(await response.text()).toBe('user admin')
    expect(
      response.headers
        .getSetCookie()
        .map(cookie => cookie.split('=')[0])
        .sort(),
    ).toEqual(['__Host-admin', '__Host-sid'])
  })

  it('refuses a second session of the same name', async () => {
    const { origin, errors } = await serve(app => {
      app.use(session())
      app.use(session())
    })
    expect((await fetch(origin)).status).toBe(500)
    expect(errors).toEqual([expect.objectContaining({ code: 'ERR_CONFIG_OPTION', field: 'as' })])
  })

  it('refuses a name that means something else on a context', async () => {
    const { origin, errors } = await serve(app => {
      app.use(session({ as: 'state' }))
    })
    expect((await fetch(origin)).status).toBe(500)
    expect(errors).toEqual([expect.objectContaining({ code: 'ERR_CONFIG_OPTION', field: 'as' })])
  })

  it('keeps those of branches apart that share a name and the contexts of their app', async () => {
    const [shop, admin] = ['shop', 'admin'].map(name => session({ cookie: { name: `__Host-${name}` } }))
    const { origin } = await serve(app => {
      app.use((ctx, next) => {
        expect(ctx.session).toBeUndefined()
        if (ctx.path === '/neither') return next()
        return (ctx.path === '/admin' ? admin : shop)!(ctx as never, next)
      })
      app.use(ctx => {
        ctx.session?.set('at', ctx.path)
        ctx.body = ctx.session?.get('at') ?? 'none'
      })
    })
    const seen = async (path: string) => {
      const response = await fetch(origin + path)
      return [await response.text(), ...response.headers.getSetCookie().map(cookie => cookie.split('=')[0])]
    }
    expect(await seen('/shop')).toEqual(['/shop', '__Host-shop'])
    expect(await seen('/admin')).toEqual(['/admin', '__Host-admin'])
    expect(await seen('/neither')).toEqual(['none'])
  })

  it.each([
    ['that other middleware assigns', (_app: App) => {}],
    [
      'that koa-session has put on all contexts',
      (app: App) =>
        Object.defineProperty(app.context, 'session', { set: () => {}, get: () => 'theirs', configurable: true }),
    ],
  ])('leaves alone what has its name where it does not run: one %s', async (_, prepare) => {
    const sessions = session()
    const { origin } = await serve(app => {
      prepare(app)
      app.use(async (ctx, next) => {
        if (ctx.path === '/ours') return sessions(ctx as never, next)
        ;(ctx as { session: unknown }).session = 'theirs'
        return next()
      })
      app.use(ctx => {
        ctx.body = typeof ctx.session === 'string' ? ctx.session : 'ours'
      })
    })
    const seen: string[] = []
    for (const path of ['/theirs', '/ours', '/theirs', '/ours']) seen.push(await (await fetch(origin + path)).text())
    expect(seen).toEqual(['theirs', 'ours', 'theirs', 'ours'])
  })

  it('cannot be taken for koa-session: `ctx.session = null` is no logout, and says so', async () => {
    const { origin, errors } = await serve(
      withHandler(ctx => {
        ;(ctx as { session: unknown }).session = null
      }),
    )
    expect((await fetch(origin)).status).toBe(500)
    expect(errors).toEqual([expect.any(TypeError)])
  })

  it('finds the session of a request by of, and says where it did not run', async () => {
    const sessions = session<{ n: number }>()
    const { origin } = await serve(app => {
      app.use((ctx, next) => {
        expect(() => sessions.of(ctx)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_ABSENT' }))
        return next()
      })
      app.use(sessions)
      app.use(ctx => {
        sessions.of(ctx).set('n', 1)
        ctx.body = 'ok'
      })
    })
    expect((await fetch(origin)).status).toBe(200)
  })

  it('refuses options beside a ready manager, which would be passed over', () => {
    const both = { manager: createSessionManager(), cookie: { name: 'sid' } }
    expect(() => session(both)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_OPTION', field: 'cookie' }))
  })

  it('takes a ready manager, and leaves closing it to its maker', async () => {
    const manager = createSessionManager()
    const sessions = session({ manager })
    await sessions.ready()
    await sessions.close()
    const { origin } = await serve(app => {
      app.use(sessions)
      app.use(ctx => {
        ctx.session.set('a', 1)
        ctx.body = 'ok'
      })
    })
    expect((await fetch(origin)).status).toBe(200)
    await manager.close()
    expect((await fetch(origin)).status).toBe(503)
  })

  it('does not mix up two hundred visitors in parallel', async () => {
    const { origin } = await serve(
      withHandler(async ctx => {
        const name = ctx.query.name
        if (name !== undefined) ctx.session.set('name', name)
        await new Promise(resolve => setTimeout(resolve, Math.random() * 5))
        ctx.body = ctx.session.get('name')
      }),
    )
    const names = Array.from({ length: 200 }, (_, i) => `visitor-${i}`)
    const cookies = await Promise.all(names.map(async name => cookieOf(await fetch(`${origin}/?name=${name}`))))
    const read = await Promise.all(cookies.map(async cookie => (await fetch(origin, { headers: { cookie } })).text()))
    expect(read).toEqual(names)
  })
})
