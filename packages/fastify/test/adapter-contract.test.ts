import { createReadStream } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import compress from '@fastify/compress'
import type { SessionStore } from '@sentinel-session/core'
import { session } from '@sentinel-session/fastify'
import { redisSentinelProvider } from '@sentinel-session/redis'
import { adapterContract, type Reply, type Route, type RunningApp, type Scenario } from '@sentinel-session/testing'
import { costContract } from '@sentinel-session/testing/sentinel'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { afterAll, beforeAll, describe, it } from 'vitest'

const FILE = fileURLToPath(new URL('../../../pnpm-lock.yaml', import.meta.url))

async function start({
  options,
  second,
  routes,
  mount,
  trustProxy = false,
  compressed,
}: Scenario): Promise<RunningApp> {
  const app = Fastify({ trustProxy })
  // Its hook must come behind the one that commits, and hooks run in their order.
  await app.register(session, options)
  if (second !== undefined) await app.register(session, second)
  if (compressed) await app.register(compress)
  await app.register(async part => serve(part, routes), mount === undefined ? {} : { prefix: mount })
  await app.listen({ port: 0, host: '0.0.0.0' })
  return { origin: `http://localhost:${(app.server.address() as AddressInfo).port}`, stop: () => app.close() }
}

function serve(app: FastifyInstance, routes: readonly Route[]): void {
  for (const { method, path, run } of routes) {
    app.route({
      method: method === 'HEAD' ? 'GET' : method,
      url: path,
      async handler(request, reply) {
        const answer = new Answer(reply)
        await run(request.session, answer, (request as { admin?: SessionStore }).admin)
        answer.leave()
        return reply
      },
    })
  }
}

class Answer implements Reply {
  readonly #reply: FastifyReply
  leave = (): unknown => this.#reply.send()

  constructor(reply: FastifyReply) {
    this.#reply = reply
  }

  status(code: number): void {
    this.#reply.code(code)
  }

  header(name: string, value: string): void {
    this.#reply.header(name, value)
  }

  send(body: string): void {
    this.leave = () => this.#reply.send(body)
  }

  redirect(to: string): void {
    this.leave = () => this.#reply.redirect(to)
  }

  stream(chunks: AsyncIterable<string>): void {
    this.leave = () => this.#reply.send(Readable.from(chunks))
  }

  file(): void {
    this.leave = () => this.#reply.send(createReadStream(FILE))
  }
}

adapterContract({ describe, it }, { name: 'fastify', start })
costContract({ describe, it, beforeAll, afterAll }, { name: 'fastify', start, provider: redisSentinelProvider })
