import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { serve } from '@hono/node-server'
import type { SessionStore } from '@sentinel-session/core'
import { session } from '@sentinel-session/fetch'
import { redisSentinelProvider } from '@sentinel-session/redis'
import { adapterContract, type Reply, type Route, type RunningApp, type Scenario } from '@sentinel-session/testing'
import { costContract } from '@sentinel-session/testing/sentinel'
import { afterAll, beforeAll, describe, it } from 'vitest'

const FILE = fileURLToPath(new URL('../../../pnpm-lock.yaml', import.meta.url))

type Handler = (request: Request) => Response | Promise<Response>

async function start({
  options,
  second,
  routes,
  mount = '',
  trustProxy = false,
  compressed,
}: Scenario): Promise<RunningApp> {
  const withSession = session({ ...options, trustProxy })
  const withSecond = second && session({ ...second, trustProxy })
  const app = withSession((request, first) => {
    const inner = (other?: SessionStore): Promise<Response> => answer(routes, mount, request, first, other)
    return withSecond === undefined ? inner() : withSecond((_, other) => inner(other))(request)
  })
  // What frameworks do with an error of a handler.
  const handler: Handler = request => app(request).catch(() => new Response('Internal Server Error', { status: 500 }))
  const server = serve({ fetch: compressed ? gzipped(handler) : handler, port: 0, hostname: '0.0.0.0' })
  await once(server, 'listening')
  const stop = async (): Promise<void> => {
    server.close()
  }
  return { origin: `http://localhost:${(server.address() as AddressInfo).port}`, stop }
}

async function answer(
  routes: readonly Route[],
  mount: string,
  request: Request,
  first: SessionStore,
  second: SessionStore | undefined,
): Promise<Response> {
  const { pathname } = new URL(request.url)
  const route = routes.find(({ method, path }) => method === request.method && mount + path === pathname)
  if (route === undefined) return new Response('nothing here', { status: 404 })
  const reply = new Answer()
  await route.run(first, reply, second)
  return reply.response()
}

class Answer implements Reply {
  readonly #head = { status: 200, headers: new Headers() }
  response = (): Response => new Response(null, this.#head)

  status(code: number): void {
    this.#head.status = code
  }

  header(name: string, value: string): void {
    this.#head.headers.append(name, value)
  }

  send(body: string): void {
    this.response = () => new Response(body, this.#head)
  }

  redirect(to: string): void {
    // Its headers do not change.
    this.response = () => Response.redirect(new URL(to, 'http://localhost'), 302)
  }

  stream(chunks: AsyncIterable<string>): void {
    const body = Readable.toWeb(Readable.from(chunks, { objectMode: false })) as ReadableStream
    this.response = () => new Response(body, this.#head)
  }

  file(): void {
    this.response = () => new Response(Readable.toWeb(createReadStream(FILE)) as ReadableStream, this.#head)
  }
}

const gzipped =
  (handler: Handler): Handler =>
  async request => {
    const response = await handler(request)
    const headers = new Headers(response.headers)
    headers.set('Content-Encoding', 'gzip')
    return new Response(response.body!.pipeThrough(new CompressionStream('gzip')), { status: response.status, headers })
  }

adapterContract({ describe, it }, { name: 'fetch', start })
costContract({ describe, it, beforeAll, afterAll }, { name: 'fetch', start, provider: redisSentinelProvider })
