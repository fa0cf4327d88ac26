/** A Koa request with its response, for Beego's verbs: `manager.sessionStart(exchange(ctx))`. */
import { type Exchange, type HeadPatch, SessionError } from '@sentinel-session/core'
import type { Context } from 'koa'

/** What `exchange` needs of a context. */
export type ExchangeContext = Pick<
  Context,
  'req' | 'secure' | 'host' | 'url' | 'get' | 'vary' | 'append' | 'set' | 'headerSent'
>

const exchanges = new WeakMap<object, Exchange>()

/**
 * The same object for the same request. Where the session middleware ran with this manager, Beego's verbs mean its session. What they put
 * on the response throws `ERR_SESSION_READ_ONLY` when the head has left.
 */
export function exchange(ctx: ExchangeContext): Exchange {
  let known = exchanges.get(ctx.req)
  if (known === undefined) {
    known = exchangeOf(ctx)
    exchanges.set(ctx.req, known)
  }
  return known
}

function exchangeOf(ctx: ExchangeContext): Exchange {
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
    apply(patch) {
      if (ctx.headerSent && patch.set.length > 0) {
        const message = 'The response head has left: the sid can no longer be sent.'
        throw new SessionError('ERR_SESSION_READ_ONLY', message)
      }
      applyPatch(patch, ctx)
    },
  }
}

/** Adds to the headers of the handler and replaces none. */
export function applyPatch({ append, set }: HeadPatch, ctx: ExchangeContext): void {
  for (const [name, value] of append) {
    if (name === 'Vary') ctx.vary(value)
    else ctx.append(name, value)
  }
  for (const [name, value] of set) ctx.set(name, value)
}
