/** Beego's verbs in a Koa application, over HTTP: beside the middleware, and without it. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createSessionManager, type Manager, newManager } from '@sentinel-session/core'
import Koa, { type Context } from 'koa'
import { afterEach, describe, expect, it } from 'vitest'
import { exchange } from './exchange.ts'
import { session } from './session.ts'

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

async function serve(manager: Manager, handler: (ctx: Context) => unknown, withMiddleware = true): Promise<string> {
  const app = new Koa<Koa.DefaultState, Koa.DefaultContext>()
  app.silent = true
  if (withMiddleware) app.use(session({ manager }))
  app.use(handler)
  const server = app.listen(0)
  await once(server, 'listening')
  stops.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

const beego = (more: object = {}): Promise<Manager> =>
  newManager('memory', { cookieName: 'gosessionid', enableSetCookie: true, gclifetime: 3600, ...more })

const pairOf = (response: Response): string => response.headers.getSetCookie().at(-1)!.split(';')[0]!

describe('exchange', () => {
  it('is one object for one request', async () => {
    const origin = await serve(await beego(), ctx => {
      const [one, two] = [exchange(ctx), exchange(ctx)]
      ctx.body = String(one === two)
    })
    expect(await (await fetch(origin)).text()).toBe('true')
  })

  it("lets Beego's verbs work without the middleware", async () => {
    const manager = await beego()
    const handler = async (ctx: Context): Promise<void> => {
      const visit = await manager.sessionStart(exchange(ctx))
      visit.update('n', (n: number | undefined) => (n ?? 0) + 1)
      if (ctx.path === '/login') await manager.sessionRegenerateId(exchange(ctx))
      if (ctx.path === '/logout') await manager.sessionDestroy(exchange(ctx))
      await visit.sessionRelease()
      ctx.body = { n: visit.status === 'destroyed' ? null : visit.get('n') }
    }
    const origin = await serve(manager, handler, false)
    const first = await fetch(origin)
    const login = await fetch(`${origin}/login`, { headers: { cookie: pairOf(first) } })
    expect(await login.json()).toEqual({ n: 2 })
    expect(pairOf(login)).not.toBe(pairOf(first))
    const logout = await fetch(`${origin}/logout`, { headers: { cookie: pairOf(login) } })
    expect(logout.headers.getSetCookie()).toEqual([expect.stringMatching(/^gosessionid=; Max-Age=0;/)])
    expect(logout.headers.get('vary')).toBe('Cookie')
  })

  it('means the session of the middleware where that ran, and leaves the commit to it', async () => {
    const manager = await beego()
    const origin = await serve(manager, async ctx => {
      ctx.session.set('path', ctx.path)
      if (ctx.path === '/login') await manager.sessionRegenerateId(exchange(ctx))
      if (ctx.path === '/logout') await manager.sessionDestroy(exchange(ctx))
      ctx.body = { same: (await manager.sessionStart(exchange(ctx))) === ctx.session }
    })
    const first = await fetch(origin)
    const login = await fetch(`${origin}/login`, { headers: { cookie: pairOf(first) } })
    expect(await login.json()).toEqual({ same: true })
    expect(login.headers.getSetCookie()).toHaveLength(1)
    expect((await manager.getSessionStore(pairOf(login).split('=')[1]!))?.get('path')).toBe('/login')
    const logout = await fetch(`${origin}/logout`, { headers: { cookie: pairOf(login) } })
    expect(logout.status).toBe(200)
    expect(logout.headers.getSetCookie()).toEqual([expect.stringMatching(/^gosessionid=; Max-Age=0;/)])
  })

  it('refuses a sid that comes after the head', async () => {
    const manager = await beego()
    let code: unknown
    const late = async (ctx: Context): Promise<void> => {
      const visit = await manager.sessionStart(exchange(ctx))
      visit.set('n', 1)
      ctx.respond = false
      ctx.res.writeHead(200).write('the head')
      await visit.sessionRelease().catch(error => {
        code = error.code
      })
      ctx.res.end()
    }
    const origin = await serve(manager, late, false)
    await (await fetch(origin)).text()
    expect(code).toBe('ERR_SESSION_READ_ONLY')
  })
})

describe('the Koa middleware with a manager of newManager', () => {
  it('commits, sets the cookie of the config and goes on to the handler', async () => {
    const origin = await serve(await beego({ cookieLifeTime: 60, cookieSameSite: 3 }), ctx => {
      ctx.session.update('n', (n: number | undefined) => (n ?? 0) + 1)
      ctx.body = { n: ctx.session.get('n') }
    })
    const first = await fetch(origin)
    expect(first.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^gosessionid=[0-9a-f]{32}; Max-Age=60; Path=\/; HttpOnly; SameSite=Strict$/),
    ])
    const second = await fetch(origin, { headers: { cookie: pairOf(first) } })
    expect(await second.json()).toEqual({ n: 2 })
  })
})

describe('the option header', () => {
  it('takes the place of the cookie, over HTTP', async () => {
    const origin = await serve(createSessionManager({ header: 'X-Session' }), ctx => {
      ctx.session.update('n', (n: number | undefined) => (n ?? 0) + 1)
      ctx.body = { n: ctx.session.get('n') }
    })
    const first = await fetch(origin)
    expect(first.headers.getSetCookie()).toEqual([])
    expect(first.headers.get('vary')).toBe('X-Session')
    const second = await fetch(origin, { headers: { 'X-Session': first.headers.get('X-Session')! } })
    expect(await second.json()).toEqual({ n: 2 })
  })
})
