/** The adapters over HTTP/2, where the framework speaks it: Express does not. */
import { once } from 'node:events'
import { connect, createServer, type IncomingHttpHeaders, type IncomingHttpStatusHeader } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { serve } from '@hono/node-server'
import { createProvider, memoryBackend, type Provider, type SessionStore } from '@sentinel-session/core'
import * as fastify from '@sentinel-session/fastify'
import * as hono from '@sentinel-session/hono'
import * as koa from '@sentinel-session/koa'
import { type Faults, faultyBackend } from '@sentinel-session/testing'
import Fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { afterEach, describe, expect, it } from 'vitest'

interface Listening {
  port: number
  close(): unknown
}

const count = (session: SessionStore): number => {
  session.update('n', n => (n ?? 0) + 1)
  return session.get('n')
}

async function* parts(): AsyncGenerator<string> {
  yield 'one '
  yield 'two'
}

/** Each serves `/`, `/redirect` and `/stream`, without TLS. */
const FRAMEWORKS: Record<string, (provider: Provider) => Promise<Listening>> = {
  async koa(provider) {
    const app = new Koa()
    app.silent = true
    app.use(koa.session({ provider }))
    app.use(ctx => {
      const n = count(ctx.session)
      if (ctx.path === '/redirect') ctx.redirect('/')
      else ctx.body = ctx.path === '/stream' ? Readable.from(parts()) : String(n)
    })
    const server = createServer(app.callback()).listen(0)
    await once(server, 'listening')
    return { port: (server.address() as AddressInfo).port, close: () => server.close() }
  },
  async hono(provider) {
    const app = new Hono<{ Variables: hono.SessionVariables }>()
    app.use(hono.session({ provider }))
    app.get('/', c => c.text(String(count(c.var.session))))
    app.get('/redirect', c => c.redirect(count(c.var.session) > 0 ? '/' : '/never'))
    app.get('/stream', c => {
      count(c.var.session)
      return c.body(Readable.toWeb(Readable.from(parts(), { objectMode: false })) as ReadableStream)
    })
    const server = serve({ fetch: app.fetch, port: 0, createServer })
    await once(server, 'listening')
    return { port: (server.address() as AddressInfo).port, close: () => server.close() }
  },
  async fastify(provider) {
    const app = Fastify({ http2: true })
    await app.register(fastify.session, { provider })
    app.get('/', async ({ session }) => String(count(session)))
    app.get('/redirect', ({ session }, reply) => reply.redirect(count(session) > 0 ? '/' : '/never'))
    app.get('/stream', ({ session }, reply) => {
      count(session)
      return reply.send(Readable.from(parts()))
    })
    await app.listen({ port: 0 })
    return { port: (app.server.address() as AddressInfo).port, close: () => app.close() }
  },
}

interface Page {
  status: number | undefined
  headers: IncomingHttpHeaders & IncomingHttpStatusHeader
  text: string
}

async function ask(port: number, path: string, cookie?: string): Promise<Page> {
  const client = connect(`http://localhost:${port}`)
  try {
    const request = client.request({ ':path': path, ...(cookie === undefined ? {} : { cookie }) })
    const [headers] = (await once(request, 'response')) as [Page['headers']]
    let text = ''
    for await (const chunk of request.setEncoding('utf8')) text += chunk
    return { status: headers[':status'], headers, text }
  } finally {
    client.close()
  }
}

describe.each(Object.entries(FRAMEWORKS))('%s over HTTP/2', (_, start) => {
  const stops: (() => unknown)[] = []
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop()
  })

  async function app(): Promise<{ port: number; store: Faults }> {
    const store = faultyBackend(memoryBackend())
    const { port, close } = await start(createProvider(store))
    stops.push(close)
    return { port, store }
  }

  it('keeps a session, with the cookie in the head of a stream', async () => {
    const { port } = await app()
    const first = await ask(port, '/stream')
    const [cookie] = first.headers['set-cookie']!
    expect([first.text, cookie]).toEqual(['one two', expect.stringMatching(/^__Host-sid=/)])
    expect((await ask(port, '/', cookie!.split(';')[0])).text).toBe('2')
  })

  it('answers 503 where a redirect would have overtaken its session', async () => {
    const { port, store } = await app()
    store.fail('create')
    const { status, headers } = await ask(port, '/redirect')
    expect([status, headers['retry-after'], headers.location, headers['set-cookie']]).toEqual([
      503,
      '1',
      undefined,
      undefined,
    ])
  })
})
