/** A request with its response for Beego's verbs: one object for one request, whichever adapter it comes from. */
import { SessionError } from './errors.ts'
import type { Exchange } from './exchanges.ts'
import type { HeadPatch } from './head-patch.ts'
import { PerObject } from './per-object.ts'

/** Where a response head stands. */
export interface ResponseHead {
  isSent(): boolean
  put(patch: HeadPatch): void
}

const exchanges = new PerObject<object, Exchange>('the exchange')

/** The exchange of a request, made by the first who asks. */
export function exchangeOf(request: object, make: () => Exchange): Exchange {
  const known = exchanges.get(request)
  if (known !== undefined) return known
  const exchange = make()
  exchanges.set(request, exchange)
  return exchange
}

/** Throws `ERR_SESSION_READ_ONLY` for a sid that comes after the head. */
export function applyTo(head: ResponseHead, patch: HeadPatch): void {
  if (head.isSent() && patch.set.length > 0) {
    const message = 'The response head has left: the sid can no longer be sent.'
    throw new SessionError('ERR_SESSION_READ_ONLY', message)
  }
  head.put(patch)
}
