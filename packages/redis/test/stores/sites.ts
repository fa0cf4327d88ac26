/** A small application on each of the four middlewares, as their documentation has it, with our store under it. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import fastifyCookie from '@fastify/cookie'
import { serve } from '@hono/node-server'
import { expressStore, fastifyStore, honoStore, koaStore } from '@sentinel-session/redis/stores'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { type Session as HonoSession, sessionMiddleware } from 'hono-sessions'
import Koa from 'koa'
import koaSession from 'koa-session'
import { handle, type Site, type Visit } from './site.ts'

// Without their types, which would be those of every request in this repository.
const require = createRequire(import.meta.url)
const expressSession = require('express-session')
const fastifySession = require('@fastify/session')

const SECRET = 'a secret of more than thirty-two characters'

async function listening(server: Server): Promise<{ origin: string; stop(): unknown }> {
  if (!server.listening) await once(server, 'listening')
  const stop = (): void => {
    server.closeAllConnections()
    server.close()
  }
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop }
}

const promised = (call: (callback: (error?: unknown) => void) => unknown): Promise<void> =>
  new Promise((resolve, reject) => {
    call(error => (error ? reject(error) : resolve()))
  })

// biome-ignore lint/suspicious/noExplicitAny: plain properties
type Bag = any

const withoutCookie = ({ cookie, ...values }: Bag): Record<string, unknown> => values

export const expressSite: Site = {
  name: 'express-session',
  tellsFailedReads: true,
  start(provider, gates, { maxAgeMs = 60_000, rolling = false } = {}) {
    const app = express()
    app.set('env', 'test')
    app.use(
      expressSession({
        store: expressStore(provider),
        secret: SECRET,
        resave: rolling,
        saveUninitialized: false,
        cookie: { maxAge: maxAgeMs },
      }),
    )
    const visitOf = (req: Bag): Visit => ({
      values: () => withoutCookie(JSON.parse(JSON.stringify(req.session))),
      set: (key, value) => {
        ;(req.session as Bag)[key] = value
      },
      destroy: () => promised(done => req.session.destroy(done)),
      async regenerate() {
        await promised(done => req.session.regenerate(done))
        return visitOf(req)
      },
    })
    app.use(async (req, res) => {
      res.json(await handle(req.url, visitOf(req), gates))
    })
    // express-session hands on what a save failed with when the head has left already: there is nobody to tell.
    app.use((error: Bag, _req: unknown, res: express.Response, _next: unknown) => {
      if (!res.headersSent) res.status(error.status ?? 500).send('error')
    })
    return listening(app.listen(0))
  },
}

export const koaSite: Site = {
  name: 'koa-session',
  tellsFailedReads: true,
  start(provider, gates, { maxAgeMs = 60_000, rolling = false } = {}) {
    const app = new Koa()
    app.silent = true
    app.keys = [SECRET]
    app.use(koaSession({ store: koaStore(provider) as Bag, maxAge: maxAgeMs, rolling }, app))
    app.use(async (ctx: Bag) => {
      const visit: Visit = {
        values: () => ctx.session.toJSON(),
        set: (key, value) => {
          ctx.session[key] = value
        },
        async destroy() {
          ctx.session = null
        },
        async regenerate() {
          await ctx.session.regenerate()
          return visit
        },
      }
      ctx.body = await handle(ctx.url, visit, gates)
    })
    return listening(app.listen(0))
  },
}

export const fastifySite: Site = {
  name: '@fastify/session',
  tellsFailedReads: true,
  async start(provider, gates, { maxAgeMs = 60_000, rolling = false } = {}) {
    const app = Fastify()
    await app.register(fastifyCookie)
    await app.register(fastifySession, {
      store: fastifyStore(provider),
      secret: SECRET,
      saveUninitialized: false,
      rolling,
      cookie: { secure: false, maxAge: maxAgeMs },
    })
    app.get('/*', async (request: Bag) => {
      const visitOf = (): Visit => ({
        values: () => withoutCookie(JSON.parse(JSON.stringify(request.session))),
        set: (key, value) => request.session.set(key, value),
        destroy: () => request.session.destroy(),
        async regenerate() {
          await request.session.regenerate()
          return visitOf()
        },
      })
      return handle(request.url, visitOf(), gates)
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    return listening(app.server)
  },
}

export const honoSite: Site = {
  name: 'hono-sessions',
  tellsFailedReads: false,
  start(provider, gates, { maxAgeMs = 60_000, rolling = false } = {}) {
    const app = new Hono<{ Variables: { session: HonoSession<Bag>; session_key_rotation: boolean } }>()
    app.use(
      sessionMiddleware({
        store: honoStore(provider),
        encryptionKey: SECRET,
        expireAfterSeconds: maxAgeMs / 1_000,
        autoExtendExpiration: rolling,
        cookieOptions: { path: '/', httpOnly: true, sameSite: 'Lax' },
      }),
    )
    app.get('*', async c => {
      const session = c.get('session')
      const visit: Visit = {
        values() {
          const values: Record<string, unknown> = {}
          for (const key of Object.keys((session as Bag).cache._data)) values[key] = session.get(key)
          return values
        },
        set: (key, value) => session.set(key, value),
        async destroy() {
          session.deleteSession()
        },
        async regenerate() {
          c.set('session_key_rotation', true)
          return visit
        },
      }
      return c.json((await handle(c.req.url, visit, gates)) as object)
    })
    return listening(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server)
  },
}

export const sites: readonly Site[] = [expressSite, koaSite, fastifySite, honoSite]
