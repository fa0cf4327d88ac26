/** A Koa request with its response, for Beego's verbs: `manager.sessionStart(exchange(ctx))`. */
import type { Exchange, HeadPatch } from '@sentinel-session/core'
import { applyTo, exchangeOf } from '@sentinel-session/core/internal'
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
  return exchangeOf(ctx.req, () => {
    const head = { isSent: () => ctx.headerSent, put: (patch: HeadPatch) => applyPatch(patch, ctx) }
    return {
      get secure() {
        return ctx.secure
      },
      get host() {
        return ctx.host
      },
      get url() {
        return ctx.url
      },
      header: name => ctx.get(name) || undefined,
      apply: patch => applyTo(head, patch),
    }
  })
}

/** Adds to the headers of the handler and replaces none but Cache-Control. */
export function applyPatch({ append, set }: HeadPatch, ctx: ExchangeContext): void {
  for (const [name, value] of append) {
    if (name === 'Vary') ctx.vary(value)
    else ctx.append(name, value)
  }
  for (const [name, value] of set) ctx.set(name, value)
}
