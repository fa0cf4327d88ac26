/** A Fetch request and the headers of its response to be, for Beego's verbs: `manager.sessionStart(exchange(request, headers))`. */
import type { Exchange, HeadPatch, ProxyOptions } from '@sentinel-session/core'
import { exchangeOf, putOn, WebRequestFacts } from '@sentinel-session/core/internal'

/**
 * The same object for the same request: what the verbs put on a response goes to the headers of the first call. Where the session wrapper
 * ran with this manager, they mean its session, and the wrapper puts its headers on the response. Options count where it did not run.
 */
export function exchange(request: Request, headers: Headers, { trustProxy = false }: ProxyOptions = {}): Exchange {
  return exchangeOf(request, () => new FetchExchange(request, trustProxy, headers))
}

/** Of a request that is wrapped: its headers come with the commit. */
export function wrappedExchange(request: Request, { trustProxy = false }: ProxyOptions): Exchange {
  return exchangeOf(request, () => new FetchExchange(request, trustProxy))
}

class FetchExchange extends WebRequestFacts implements Exchange {
  readonly #headers: Headers | undefined

  constructor(request: Request, trustProxy: boolean, headers?: Headers) {
    super(request, trustProxy)
    this.#headers = headers
  }

  apply(patch: HeadPatch): void {
    if (this.#headers !== undefined) putOn(this.#headers, patch)
  }
}
