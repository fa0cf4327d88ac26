/** A request with its response, for Beego's verbs: `manager.sessionStart(exchange(req, res))`. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Exchange, HeadPatch } from '@sentinel-session/core'
import { applyTo, exchangeOf, withVary } from '@sentinel-session/core/internal'

/** What Express adds: `secure` and `hostname` honour its trust proxy, and `originalUrl` (connect's too) is not cut by a mount. */
type MaybeExpress = IncomingMessage & { secure?: boolean; hostname?: string; originalUrl?: string }

/**
 * The same object for the same request. Where the session middleware ran with this manager, Beego's verbs mean its session. What they put
 * on the response throws `ERR_SESSION_READ_ONLY` when the head has left.
 */
export function exchange(req: IncomingMessage, res: ServerResponse): Exchange {
  return exchangeOf(req, () => new NodeExchange(req, res))
}

class NodeExchange implements Exchange {
  readonly #req: MaybeExpress
  readonly #res: ServerResponse

  constructor(req: MaybeExpress, res: ServerResponse) {
    this.#req = req
    this.#res = res
  }

  get secure(): boolean {
    const { secure, socket } = this.#req
    return secure ?? (socket as { encrypted?: boolean }).encrypted === true
  }

  get host(): string {
    return this.#req.hostname ?? this.header('host') ?? ''
  }

  get url(): string {
    return this.#req.originalUrl ?? this.#req.url ?? ''
  }

  header(name: string): string | undefined {
    const value = this.#req.headers[name.toLowerCase()]
    return (Array.isArray(value) ? value.join(', ') : value) || undefined
  }

  apply(patch: HeadPatch): void {
    const res = this.#res
    applyTo({ isSent: () => res.headersSent, put: headers => applyPatch(headers, res) }, patch)
  }
}

/** Adds to the headers of the handler and replaces none but Cache-Control. Where the head has left there is nothing to add to. */
export function applyPatch({ append, set }: HeadPatch, res: ServerResponse): void {
  if (res.headersSent) return
  for (const [name, value] of append) {
    if (name === 'Vary') res.setHeader(name, withVary(textOf(res, name), value))
    else res.appendHeader(name, value)
  }
  for (const [name, value] of set) res.setHeader(name, value)
}

/** A header of the response as one text. */
export function textOf(res: ServerResponse, name: string): string | undefined {
  const value = res.getHeader(name)
  return Array.isArray(value) ? value.join(', ') : value?.toString()
}
