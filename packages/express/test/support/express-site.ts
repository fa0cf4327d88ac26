/** An Express app of one handler, on a store whose verbs can be delayed or made to fail. */
import { createProvider, memoryBackend, type Provider } from '@sentinel-session/core'
import { session } from '@sentinel-session/express'
import { type Faults, faultyBackend } from '@sentinel-session/testing'
import express, { type Express, type RequestHandler } from 'express'
import { serve } from './serve.ts'

export interface ExpressSite extends AsyncDisposable {
  origin: string
  port: number
  store: Faults & { count(): Promise<number> }
  provider: Provider
  get(headers?: Record<string, string>, path?: string): Promise<Response>
}

export interface SiteParts {
  /** Middleware before the session, and behind it. */
  around?: RequestHandler[]
  inside?: RequestHandler[]
  /** Nothing is stored before it resolves. */
  opened?: Promise<void>
  /** After the handler. */
  more?: (app: Express) => void
}

export async function expressSite(
  handler: RequestHandler,
  { around = [], inside = [], opened, more }: SiteParts = {},
): Promise<ExpressSite> {
  const memory = memoryBackend()
  const { create } = memory
  if (opened !== undefined) memory.create = (...args) => opened.then(() => create.apply(memory, args))
  const store = faultyBackend(memory)
  const provider = createProvider(store)
  const app = express()
  app.set('env', 'test')
  app.use(...around, session({ provider }), ...inside, handler)
  more?.(app)
  const { origin, port, stop } = await serve(app as unknown as Parameters<typeof serve>[0])
  const get = (headers: Record<string, string> = {}, path = '/'): Promise<Response> =>
    fetch(origin + path, { headers, redirect: 'manual' })
  return { origin, port, store, provider, get, [Symbol.asyncDispose]: stop }
}
