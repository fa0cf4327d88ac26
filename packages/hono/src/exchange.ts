/** A Hono request with its response, for Beego's verbs: `manager.sessionStart(exchange(c))`. */
import type { Exchange, HeadPatch, ProxyOptions } from '@sentinel-session/core'
import { exchangeOf, patched, WebRequestFacts } from '@sentinel-session/core/internal'
import type { Context } from 'hono'

/**
 * The same object for the same request. Where the session middleware ran with this manager, Beego's verbs mean its session. Options count
 * where the middleware did not run.
 */
export function exchange(c: Context, { trustProxy = false }: ProxyOptions = {}): Exchange {
  return exchangeOf(c.req, () => new HonoExchange(c, trustProxy))
}

class HonoExchange extends WebRequestFacts implements Exchange {
  readonly #context: Context

  constructor(c: Context, trustProxy: boolean) {
    super(c.req.raw, trustProxy)
    this.#context = c
  }

  apply(patch: HeadPatch): void {
    replaceResponse(this.#context, patched(this.#context.res, patch))
  }
}

/** As it is: the setter of `c.res` would put the headers of the old response on it. */
export function replaceResponse(c: Context, response: Response): void {
  if (c.res === response) return
  c.res = undefined
  c.res = response
}
