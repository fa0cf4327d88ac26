/** The contract's scenario on node:http alone: a request listener that calls the middleware by itself. */
import { createReadStream } from 'node:fs'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { session } from '@sentinel-session/express'
import type { Reply, Scenario } from '@sentinel-session/testing'
import compression from 'compression'
import type { RequestHandler } from 'express'
import { streamInto } from './stream-into.ts'

const FILE = fileURLToPath(new URL('../../../../pnpm-lock.yaml', import.meta.url))

type Middleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void

export function nodeApp({ options, second, routes, mount = '', trustProxy, compressed }: Scenario): RequestListener {
  const sessions = session(options)
  const others = second === undefined ? undefined : session(second)
  const steps: Middleware[] = [sessions]
  if (trustProxy) steps.unshift(trustingTheProxy)
  if (compressed) steps.unshift(asMiddleware(compression()))
  if (others !== undefined) steps.push(others)
  return (req, res) => {
    const answer = async (): Promise<void> => {
      const route = routes.find(({ method, path }) => method === req.method && mount + path === req.url)
      if (route === undefined) {
        res.writeHead(404).end('nobody knows this path')
        return
      }
      const reply = new NodeReply(res)
      await route.run(sessions.of(req), reply, others?.of(req))
      if (!reply.isGiven) res.end()
    }
    const fail = (error: unknown): void => {
      const { status = 500, headers = {} } = error as { status?: number; headers?: Record<string, string> }
      if (res.headersSent) res.destroy()
      else res.writeHead(status, headers).end('an error')
    }
    const run = ([step, ...rest]: Middleware[]): void => {
      if (step === undefined) answer().catch(fail)
      else step(req, res, error => (error === undefined ? run(rest) : fail(error)))
    }
    run(steps)
  }
}

/** compression asks for nothing of Express; its types do. */
const asMiddleware = (handler: RequestHandler): Middleware => handler as unknown as Middleware

const trustingTheProxy: Middleware = (req, _res, next) => {
  Object.assign(req, { secure: req.headers['x-forwarded-proto'] === 'https' })
  next()
}

class NodeReply implements Reply {
  readonly #res: ServerResponse
  isGiven = false

  constructor(res: ServerResponse) {
    this.#res = res
  }

  status(code: number): void {
    this.#res.statusCode = code
  }

  header(name: string, value: string): void {
    this.#res.appendHeader(name, value)
  }

  send(body: string): void {
    this.isGiven = true
    this.#res.setHeader('Content-Type', 'text/plain')
    this.#res.end(body)
  }

  redirect(to: string): void {
    this.isGiven = true
    this.#res.writeHead(302, { Location: to }).end()
  }

  stream(chunks: AsyncIterable<string>): void {
    this.isGiven = true
    streamInto(this.#res, chunks)
  }

  file(): void {
    this.isGiven = true
    createReadStream(FILE).pipe(this.#res)
  }
}
