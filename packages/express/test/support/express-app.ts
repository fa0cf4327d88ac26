/** The contract's scenario as an Express app; the same for both major versions. */
import { fileURLToPath } from 'node:url'
import { session } from '@sentinel-session/express'
import type { Reply, Route, Scenario } from '@sentinel-session/testing'
import compression from 'compression'
import type express from 'express'
import { streamInto } from './stream-into.ts'

const FILE = fileURLToPath(new URL('../../../../pnpm-lock.yaml', import.meta.url))

type Express = typeof express

export function appOf(
  framework: Express,
  { options, second, routes, mount, trustProxy = false, compressed = false }: Scenario,
): ReturnType<Express> {
  const app = framework()
  app.set('env', 'test')
  app.set('trust proxy', trustProxy)
  if (compressed) app.use(compression())
  app.use(session(options))
  if (second !== undefined) app.use(session(second))
  app.use(mount ?? '/', routerOf(framework, routes))
  return app
}

function routerOf(framework: Express, routes: readonly Route[]): express.Router {
  const router = framework.Router()
  for (const { method, path, run } of routes) {
    router[method.toLowerCase() as 'get' | 'post' | 'head'](path, (req, res, next) => {
      const { admin } = req as { admin?: typeof req.session }
      const reply = new ExpressReply(res)
      // Express 4 does not wait for handlers.
      Promise.resolve()
        .then(() => run(req.session, reply, admin))
        .then(() => reply.isGiven || res.end(), next)
    })
  }
  return router
}

class ExpressReply implements Reply {
  readonly #res: express.Response
  isGiven = false

  constructor(res: express.Response) {
    this.#res = res
  }

  status(code: number): void {
    this.#res.status(code)
  }

  header(name: string, value: string): void {
    // Express's own would add a charset to a type.
    this.#res.appendHeader(name, value)
  }

  send(body: string): void {
    this.isGiven = true
    this.#res.send(body)
  }

  redirect(to: string): void {
    this.isGiven = true
    this.#res.redirect(to)
  }

  stream(chunks: AsyncIterable<string>): void {
    this.isGiven = true
    streamInto(this.#res, chunks)
  }

  file(): void {
    this.isGiven = true
    this.#res.sendFile(FILE)
  }
}
