/** The stores fit the types of the packages that use them. */

import fastifySession from '@fastify/session'
import type { Provider } from '@sentinel-session/core'
import session from 'express-session'
import type { FastifyInstance } from 'fastify'
import { sessionMiddleware } from 'hono-sessions'
import { describe, it } from 'vitest'
import { expressStore, fastifyStore, honoStore, koaStore } from '../stores.ts'

declare const provider: Provider
declare const app: FastifyInstance

describe('the stores', () => {
  it('are taken as they are', () => {
    session({ secret: 's', store: expressStore(provider, { ttl: '2h' }) })
    void app.register(fastifySession, { secret: 's', store: fastifyStore(provider) })
    sessionMiddleware({ store: honoStore(provider) })
  })

  it('know their options', () => {
    // @ts-expect-error a misspelt one
    koaStore(provider, { maxAge: 1 })
  })
})
