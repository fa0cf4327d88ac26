/** From a browser's request to Redis: a Hono app without TCP to it, and the gateway mounted on another. */
import { createProvider } from '@sentinel-session/core'
import { createGateway } from '@sentinel-session/gateway'
import { gatewayBackend } from '@sentinel-session/gateway/client'
import { type SessionVariables, session } from '@sentinel-session/hono/edge'
import { type RedisBackend, redisBackend } from '@sentinel-session/redis'
import { type SentinelTrio, startSentinel } from '@sentinel-session/testing/sentinel'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from './support/serve.ts'

interface MySession {
  user: string
  views: number
}

const keys = ['k'.repeat(32)] as const

let trio: SentinelTrio
let redis: RedisBackend
let served: Served
beforeAll(async () => {
  trio = await startSentinel()
  redis = redisBackend({ savePath: trio.savePath })
  const beside = new Hono()
  const gateway = createGateway(redis, { keys })
  beside.post('/sessions', c => gateway(c.req.raw))
  served = await serve(beside.fetch)
})
afterAll(async () => {
  await served?.stop()
  await redis?.close()
  await trio?.stop()
})

function routes(app: Hono<{ Variables: SessionVariables<MySession> }>) {
  app.post('/login', c => {
    c.var.session.regenerate()
    c.var.session.set('user', 'ann')
    c.var.session.bind('ann', { label: 'a browser' })
    return c.text('hello')
  })
  app.post('/logout', async c => {
    await c.var.session.destroy()
    return c.text('bye')
  })
  app.get('/', c => {
    c.var.session.update('views', n => (n ?? 0) + 1)
    return c.json({ user: c.var.session.get('user') ?? null, views: c.var.session.get('views') })
  })
  return app
}

/** A browser with one cookie. */
function visitor(app: { fetch(request: Request): Response | Promise<Response> }) {
  let cookie = ''
  return async (path: string, method = 'GET'): Promise<Response> => {
    const response = await app.fetch(new Request(`https://app.test${path}`, { method, headers: { cookie } }))
    const [set] = response.headers.getSetCookie()
    if (set !== undefined) cookie = set.split(';', 1)[0]!
    return response
  }
}

const backend = (path = 'sessions') => gatewayBackend({ url: `${served.url}${path}`, keys, failoverBudget: '2s' })

describe.each([
  ['one provider for all requests', () => session<MySession>({ provider: createProvider(backend()) })],
  ['a provider for each request', () => session<MySession>({ providerFor: () => createProvider(backend()) })],
])('sessions of a Hono app with %s', (_, middleware) => {
  it('are kept, move to a new sid at the login, and end at the logout', async () => {
    const app = routes(new Hono<{ Variables: SessionVariables<MySession> }>().use(middleware()))
    const [ann, thief] = [visitor(app), visitor(app)]
    expect(await (await ann('/')).json()).toEqual({ user: null, views: 1 })
    expect((await ann('/login', 'POST')).status).toBe(200)
    expect(await (await ann('/')).json()).toEqual({ user: 'ann', views: 2 })
    expect(await (await thief('/')).json()).toEqual({ user: null, views: 1 })
    await Promise.all(Array.from({ length: 10 }, () => ann('/')))
    expect(await (await ann('/')).json()).toEqual({ user: 'ann', views: 13 })
    expect((await ann('/logout', 'POST')).status).toBe(200)
    expect(await (await ann('/')).json()).toEqual({ user: null, views: 1 })
  })
})

describe('when the gateway cannot be asked', () => {
  it.each(['nowhere', ''])('at /%s: 503 with Retry-After, and the cookie stays', async path => {
    const provider = createProvider(gatewayBackend({ url: `${served.url}${path}`, keys, failoverBudget: '200ms' }))
    const app = routes(new Hono<{ Variables: SessionVariables<MySession> }>().use(session<MySession>({ provider })))
    const headers = { cookie: `__Host-sid=${'a'.repeat(43)}` }
    const response = await app.fetch(new Request('https://app.test/', { headers }))
    expect([response.status, response.headers.get('retry-after'), response.headers.getSetCookie()]).toEqual([
      503,
      '1',
      [],
    ])
  })
})
