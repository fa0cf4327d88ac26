import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { serve } from '@hono/node-server'
import type { SessionStore } from '@sentinel-session/core'
import { type SessionVariables, session } from '@sentinel-session/hono'
import { redisSentinelProvider } from '@sentinel-session/redis'
import { adapterContract, type Route, type RunningApp, type Scenario } from '@sentinel-session/testing'
import { costContract } from '@sentinel-session/testing/sentinel'
import { type Context, Hono } from 'hono'
import { compress } from 'hono/compress'
import { stream } from 'hono/streaming'
import { afterAll, beforeAll, describe, it } from 'vitest'

const FILE = fileURLToPath(new URL('../../../pnpm-lock.yaml', import.meta.url))

interface Env {
  Variables: SessionVariables & { admin?: SessionStore }
}

async function start({
  options,
  second,
  routes,
  mount,
  trustProxy = false,
  compressed,
}: Scenario): Promise<RunningApp> {
  const app = new Hono<Env>()
  if (compressed) app.use(compress())
  app.use(session({ ...options, trustProxy }))
  if (second !== undefined) app.use(session({ ...second, trustProxy }))
  if (mount === undefined) register(app, routes)
  else app.route(mount, register(new Hono<Env>(), routes))
  app.onError((error, c) => ('getResponse' in error ? error.getResponse() : c.text('Internal Server Error', 500)))
  const server = serve({ fetch: app.fetch, port: 0, hostname: '0.0.0.0' })
  await once(server, 'listening')
  const stop = async (): Promise<void> => {
    server.close()
  }
  return { origin: `http://localhost:${(server.address() as AddressInfo).port}`, stop }
}

function register(app: Hono<Env>, routes: readonly Route[]): Hono<Env> {
  for (const { method, path, run } of routes) {
    app.on(method === 'HEAD' ? 'GET' : method, path, async c => {
      const answer = new Answer(c)
      await run(c.get('session'), answer, c.get('admin'))
      return answer.response()
    })
  }
  return app
}

class Answer {
  readonly #c: Context
  response = (): Response => this.#c.body(null)

  constructor(c: Context) {
    this.#c = c
  }

  status(code: number): void {
    this.#c.status(code as 200)
  }

  header(name: string, value: string): void {
    this.#c.header(name, value, { append: true })
  }

  send(body: string): void {
    this.response = () => this.#c.body(body)
  }

  redirect(to: string): void {
    this.response = () => this.#c.redirect(to)
  }

  stream(chunks: AsyncIterable<string>): void {
    this.response = () =>
      stream(this.#c, async out => {
        for await (const chunk of chunks) await out.write(chunk)
      })
  }

  file(): void {
    this.response = () => this.#c.body(Readable.toWeb(createReadStream(FILE)) as ReadableStream)
  }
}

adapterContract({ describe, it }, { name: 'hono', start })
costContract({ describe, it, beforeAll, afterAll }, { name: 'hono', start, provider: redisSentinelProvider })
