/** The option `adopt` on an adapter, over HTTP: the row and the cookie are as connect-redis and express-session leave them. */
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { redisSentinelSession } from '@sentinel-session/koa'
import { adoptLegacy, connectRedis } from '@sentinel-session/redis/legacy'
import Koa from 'koa'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Browser } from './support/browser.ts'
import { type OneRedis, startOneRedis } from './support/site.ts'

const SECRET = 'the secret of express-session'
const stops: (() => unknown)[] = []
let one: OneRedis
let origin: string

beforeAll(async () => {
  one = await startOneRedis()
  stops.unshift(() => one.stop())
  const from = connectRedis({ client: one.redis, secret: SECRET })
  const sessions = redisSentinelSession({
    url: one.url,
    adopt: adoptLegacy({ from, until: new Date(Date.now() + 3_600_000) }),
  })
  stops.unshift(() => sessions.close())
  const app = new Koa<Koa.DefaultState, Koa.DefaultContext>()
  app.silent = true
  app.use(sessions)
  app.use(async ctx => {
    const session = sessions.of(ctx)
    if (ctx.path === '/logout') await session.destroy()
    if (ctx.path === '/throw') throw new Error('of the handler')
    ctx.body = session.status === 'destroyed' ? {} : { user: session.get('user') ?? null }
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stops.unshift(() => server.close())
  origin = `http://localhost:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  for (const stop of stops) await stop()
})

async function login(sid: string): Promise<string> {
  await one.redis.set(`sess:${sid}`, JSON.stringify({ cookie: { expires: null }, user: 'ada' }), 'EX', 60)
  const signature = createHmac('sha256', SECRET).update(sid).digest('base64').replace(/=+$/, '')
  return `connect.sid=${encodeURIComponent(`s:${sid}.${signature}`)}`
}

const namesOf = (headers: Headers): string[] => headers.getSetCookie().map(line => line.split('=')[0]!)

it('a visitor comes over with the first request, and goes on with the new cookie', async () => {
  const old = new Browser(await login('one'))
  const first = await old.get(origin)
  expect([JSON.parse(first.text), namesOf(first.headers), first.headers.get('cache-control')]).toEqual([
    { user: 'ada' },
    ['connect.sid', '__Host-sid'],
    'no-store',
  ])
  const second = await old.get(origin)
  expect([JSON.parse(second.text), namesOf(second.headers), await one.redis.exists('sess:one')]).toEqual([
    { user: 'ada' },
    [],
    0,
  ])
})

it('also with one that fails, whose error handler clears the headers', async () => {
  const cookie = await login('two')
  const old = new Browser(cookie)
  const failed = await old.get(`${origin}/throw`)
  expect([failed.status, old.cookie]).toEqual([500, expect.stringMatching(/^__Host-sid=/)])
  expect(JSON.parse((await old.get(origin)).text)).toEqual({ user: 'ada' })
})

it('and is gone after a logout, whichever cookie comes back', async () => {
  const cookie = await login('three')
  const old = new Browser(cookie)
  await old.get(origin)
  const own = old.cookie!
  await old.get(`${origin}/logout`)
  await login('three')
  for (const sent of [cookie, own, `${own}; ${cookie}`]) {
    expect(JSON.parse((await new Browser(sent).get(origin)).text)).toEqual({ user: null })
  }
})
