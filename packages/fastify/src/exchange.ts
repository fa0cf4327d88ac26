/** A Fastify request with its reply, for Beego's verbs: `manager.sessionStart(exchange(request, reply))`. */
import type { Exchange, HeadPatch } from '@sentinel-session/core'
import { applyTo, exchangeOf, type ResponseHead, withVary } from '@sentinel-session/core/internal'
import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * The same object for the same request. Where the plugin ran with this manager, Beego's verbs mean its session. What they put on the
 * reply throws `ERR_SESSION_READ_ONLY` when the head has left.
 */
export function exchange(request: FastifyRequest, reply: FastifyReply): Exchange {
  return exchangeOf(request, () => new FastifyExchange(request, reply))
}

class FastifyExchange implements Exchange, ResponseHead {
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply

  constructor(request: FastifyRequest, reply: FastifyReply) {
    this.#request = request
    this.#reply = reply
  }

  get secure(): boolean {
    return this.#request.protocol === 'https'
  }

  get host(): string {
    return this.#request.host
  }

  get url(): string {
    return this.#request.url
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name.toLowerCase()]
    return (Array.isArray(value) ? value.join(', ') : value) || undefined
  }

  isSent(): boolean {
    return this.#reply.raw.headersSent
  }

  put(patch: HeadPatch): void {
    applyPatch(patch, this.#reply)
  }

  apply(patch: HeadPatch): void {
    applyTo(this, patch)
  }
}

/** Adds to the headers of the handler and replaces none but Cache-Control. Fastify itself appends a second Set-Cookie. */
export function applyPatch({ append, set }: HeadPatch, reply: FastifyReply): void {
  for (const [name, value] of append) {
    reply.header(name, name === 'Vary' ? withVary(textOf(reply.getHeader(name)), value) : value)
  }
  for (const [name, value] of set) reply.header(name, value)
}

export function textOf(header: ReturnType<FastifyReply['getHeader']>): string | undefined {
  return header === undefined ? undefined : String(header)
}
