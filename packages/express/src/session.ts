/** The middleware for Express, connect and node:http: `req.session`, committed before the response leaves. It knows HTTP, and no storage. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AdapterSession, DefaultData, Reads, SessionHandle, WithManager } from '@sentinel-session/core'
import { type Attachment, attach, RequestSessions, requireFree, withHandle } from '@sentinel-session/core/internal'
import { exchange } from './exchange.ts'
import { HeldResponse } from './held-response.ts'
import { shedHiddenClass } from './hidden-class.ts'

export type ExpressSession<T extends object, R extends Partial<T>> = SessionHandle<IncomingMessage, T, R> &
  ((req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void)

/**
 * Sessions for Express over any provider; without one, in this process' memory. Register it before what uses the session, and after what
 * should not be held up by it. The response is held until the session is stored; an error of the store goes to `next(error)`. Throws
 * `ERR_CONFIG_*`.
 */
export function session<T extends object, R extends Partial<T>>(options: WithManager<T, R>): ExpressSession<T, R>
export function session<T extends object = DefaultData, In = unknown>(
  options?: AdapterSession<T, In>,
): ExpressSession<T, Reads<T, In>>
export function session<T extends object, In>(
  options: AdapterSession<T, In> | WithManager<T, Reads<T, In>> = {},
): ExpressSession<T, Reads<T, In>> {
  return middleware(attach<T, In>(options))
}

export function middleware<T extends object, R extends Partial<T>>(attachment: Attachment<T, R>): ExpressSession<T, R> {
  const { as, manager } = attachment
  const sessions = new RequestSessions<T, R>()

  const begin = async (req: IncomingMessage, res: ServerResponse, fail: (error: unknown) => void): Promise<void> => {
    requireFree(Object.hasOwn(req, as), as)
    shedHiddenClass(req, res)
    const { session, commit } = await manager.open(exchange(req, res))
    sessions.add(req, session)
    Object.defineProperty(req, as, { value: session })
    HeldResponse.hold(res, commit, fail)
  }
  const sentinelSession = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void): void => {
    begin(req, res, next).then(() => next(), next)
  }
  return withHandle(sentinelSession, attachment, sessions, (req: IncomingMessage) => req)
}
