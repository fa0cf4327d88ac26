/** koa-passport and koa-csrf, unmodified, on our compat entry and on the real koa-session: the same answers. Ours on real Redis and Sentinel. */
import { once } from 'node:events'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { createSession } from '@sentinel-session/koa/compat'
import { redisSentinelProvider } from '@sentinel-session/redis'
import { koaStore } from '@sentinel-session/redis/stores'
import { type SentinelTrio, startSentinel } from '@sentinel-session/testing/sentinel'
import Koa from 'koa'
import koaSession from 'koa-session'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

const require = createRequire(import.meta.url)
const { KoaPassport } = require('koa-passport')
const { Strategy } = require('passport-local')
const Csrf = require('koa-csrf')

// biome-ignore lint/suspicious/noExplicitAny: koa-session, koa-passport and koa-csrf have no types
type Any = any

let trio: SentinelTrio
let provider: ReturnType<typeof redisSentinelProvider>
beforeAll(async () => {
  trio = await startSentinel()
  provider = redisSentinelProvider({ savePath: trio.savePath })
})
afterAll(async () => {
  await provider?.close()
  await trio?.stop()
})
const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

/** `use` puts the sessions on the app. */
async function serve(use: (app: Koa<Any, Any>) => Any): Promise<string> {
  const app = new Koa<Any, Any>()
  app.silent = true
  app.keys = ['a key']
  app.use(use(app))
  app.use(async (ctx, next) => {
    let text = ''
    for await (const chunk of ctx.req) text += chunk
    ctx.request.body = Object.fromEntries(new URLSearchParams(text))
    await next()
  })
  app.use(new Csrf())
  const passport = new KoaPassport()
  passport.serializeUser((user: Any, done: Any) => done(null, user.id))
  passport.deserializeUser((id: number, done: Any) => done(null, { id, name: 'ada' }))
  passport.use(
    new Strategy((username: string, password: string, done: Any) =>
      done(null, password === 'right' ? { id: 7, name: username } : false),
    ),
  )
  app.use(passport.initialize())
  app.use(passport.session())
  app.use(async ctx => {
    ctx.session.views = (ctx.session.views ?? 0) + 1
    if (ctx.path === '/login')
      return passport.authenticate('local', { successRedirect: '/', failureRedirect: '/failed' })(ctx)
    if (ctx.path === '/logout') await ctx.logout()
    ctx.body = {
      user: ctx.state.user?.name ?? null,
      in: ctx.isAuthenticated(),
      views: ctx.session.views,
      token: ctx.state._csrf,
    }
  })
  const server = app.listen(0)
  await once(server, 'listening')
  stops.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

class Visitor {
  readonly jar = new Map<string, string>()
  readonly #origin: string

  constructor(origin: string) {
    this.#origin = origin
  }

  async ask(path: string, form?: Record<string, string>): Promise<Any> {
    const cookie = [...this.jar].map(pair => pair.join('=')).join('; ')
    const method = form === undefined ? 'GET' : 'POST'
    const body = form === undefined ? {} : { body: new URLSearchParams(form) }
    const response = await fetch(this.#origin + path, { method, headers: { cookie }, redirect: 'manual', ...body })
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = line.split(';')[0]!.split(/=(.*)/s)
      this.jar.set(name, value)
    }
    const text = await response.text()
    const page = text.startsWith('{') ? JSON.parse(text) : { text: text.replace(/<[^>]+>/g, '') }
    return { status: response.status, location: response.headers.get('location'), ...page }
  }
}

async function story(origin: string): Promise<unknown> {
  const visitor = new Visitor(origin)
  const pages: Any[] = []
  const see = async (path: string, form?: Record<string, string>): Promise<Any> => {
    const page = await visitor.ask(path, form)
    pages.push({ path, ...page, token: typeof page.token })
    return page
  }
  const { token: _csrf = '' } = await see('/')
  await see('/')
  await see('/login', { username: 'ada', password: 'right' })
  await see('/login', { username: 'ada', password: 'wrong', _csrf })
  const before = visitor.jar.get('koa.sess')
  await see('/login', { username: 'ada', password: 'right', _csrf })
  const after = visitor.jar.get('koa.sess')
  const { token } = await see('/')
  await see('/logout', { _csrf: String(token) })
  await see('/')
  return { pages, isNewKey: before !== after }
}

it('koa-passport and koa-csrf run as on koa-session', async () => {
  const theirs = await story(await serve(app => koaSession({ store: koaStore(provider) as Any }, app)))
  const ours = await story(await serve(app => createSession({ provider }, app)))
  expect(ours).toEqual(theirs)
  expect(ours).toMatchObject({
    isNewKey: true,
    pages: [
      { status: 200, in: false, views: 1, token: 'string' },
      { views: 2 },
      { status: 403 },
      { status: 302, location: '/failed' },
      { status: 302, location: '/' },
      { user: 'ada', in: true },
      { status: 200, in: false },
      { user: null, in: false },
    ],
  })
})

it('an application that had koaStore under koa-session goes on with its sessions, and back', async () => {
  const before = new Visitor(await serve(app => koaSession({ store: koaStore(provider) as Any }, app)))
  await before.ask('/')
  const after = new Visitor(await serve(app => createSession({ provider }, app)))
  for (const [name, value] of before.jar) after.jar.set(name, value)
  expect((await after.ask('/')).views).toBe(2)
  expect((await before.ask('/')).views).toBe(3)
})

it('waits through a failover', async () => {
  const visitor = new Visitor(await serve(app => createSession({ provider, rolling: true }, app)))
  await visitor.ask('/')
  const killed = await trio.killPrimary()
  const pages = [await visitor.ask('/'), await visitor.ask('/')]
  expect(pages.map(({ status, views }) => [status, views])).toEqual([
    [200, 2],
    [200, 3],
  ])
  await trio.waitForPrimaryChange(killed)
})
