/** A Koa request with its response, for Beego's verbs: `manager.sessionStart(exchange(ctx))`. */
import type { Exchange, HeadPatch } from '@sentinel-session/core'
import { applyTo, exchangeOf, type ResponseHead } from '@sentinel-session/core/internal'
import type { Context } from 'koa'

/** What `exchange` needs of a context. */
export type ExchangeContext = Pick<
  Context,
  'req' | 'secure' | 'host' | 'url' | 'get' | 'vary' | 'append' | 'set' | 'headerSent'
>

/**
 * The same object for the same request. Where the session middleware ran with this manager, Beego's verbs mean its session. What they put
 * on the response throws `ERR_SESSION_READ_ONLY` when the head has left.
 */
export function exchange(ctx: ExchangeContext): Exchange {
  return exchangeOf(ctx.req, () => new KoaExchange(ctx))
}

/** A class: to V8 each object literal with getters is of a kind of its own, which it keeps together with the context. */
class KoaExchange implements Exchange, ResponseHead {
  readonly #context: ExchangeContext

  constructor(ctx: ExchangeContext) {
    this.#context = ctx
  }

  get secure(): boolean {
    return this.#context.secure
  }

  get host(): string {
    return this.#context.host
  }

  get url(): string {
    return this.#context.url
  }

  header(name: string): string | undefined {
    return this.#context.get(name) || undefined
  }

  isSent(): boolean {
    return this.#context.headerSent
  }

  put(patch: HeadPatch): void {
    applyPatch(patch, this.#context)
  }

  apply(patch: HeadPatch): void {
    applyTo(this, patch)
  }
}

/** Adds to the headers of the handler and replaces none but Cache-Control. */
export function applyPatch({ append, set }: HeadPatch, ctx: ExchangeContext): void {
  for (const [name, value] of append) {
    if (name === 'Vary') ctx.vary(value)
    else ctx.append(name, value)
  }
  for (const [name, value] of set) ctx.set(name, value)
}
