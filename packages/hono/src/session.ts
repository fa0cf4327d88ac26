/** The Hono middleware: `c.var.session`, committed before the response leaves. It knows HTTP, and no storage and no Node. */
import type {
  AdapterSession,
  DefaultData,
  HeadPatch,
  Provider,
  ProxyOptions,
  Reads,
  SessionHandle,
  SessionOf,
  SessionStore,
  WithManager,
} from '@sentinel-session/core'
import {
  type AttachmentByRequest,
  attachByRequest,
  isOfTheAnswer,
  letGo,
  type Platform,
  patched,
  RequestSessions,
  requireFree,
  WebAnswer,
  withHandle,
} from '@sentinel-session/core/internal'
import type { Context, MiddlewareHandler } from 'hono'
import { exchange, replaceResponse } from './exchange.ts'

/** What the middleware puts on the context: `new Hono<{ Variables: SessionVariables<MySession> }>()`. */
export type SessionVariables<X = DefaultData> = { session: SessionOf<X> }

export type HonoSession<T extends object, R extends Partial<T>> = MiddlewareHandler<{
  Variables: { session: SessionStore<T, R> }
}> &
  SessionHandle<Pick<Context, 'req'>, T, R>

export interface HonoOptions extends ProxyOptions {
  /**
   * Instead of `provider`: made for each request, from its `c.env`, and closed after the commit. For Workers, where a connection belongs to
   * one request. There is no `manager` for all requests then, and no `save()` once the response has begun.
   */
  providerFor?: (c: Context) => Provider
}

/**
 * Sessions for Hono over any provider; without one, in this process' memory. Register it before what uses the session. A commit that
 * fails goes to `app.onError`, which answers 503 or 409 by default. Throws `ERR_CONFIG_*`.
 */
export function session<T extends object, R extends Partial<T>>(
  options: WithManager<T, R> & HonoOptions,
): HonoSession<T, R>
export function session<T extends object = DefaultData, In = unknown>(
  options?: AdapterSession<T, In> & HonoOptions,
): HonoSession<T, Reads<T, In>>
export function session<T extends object, In>({
  trustProxy = false,
  ...options
}: (AdapterSession<T, In> | WithManager<T, Reads<T, In>>) & HonoOptions = {}): HonoSession<T, Reads<T, In>> {
  return middleware(attachByRequest<T, In, [Context]>(options), { trustProxy })
}

export function middleware<T extends object, R extends Partial<T>>(
  attachment: AttachmentByRequest<T, R, [Context]>,
  proxy: ProxyOptions,
): HonoSession<T, R> {
  const { as } = attachment
  const sessions = new RequestSessions<T, R>()

  const sentinelSession = async (c: Context, next: () => Promise<void>): Promise<void> => {
    requireFree(c.get(as) !== undefined, as)
    const { manager, close } = attachment.forRequest(c)
    try {
      const { session, commit } = await manager.open(exchange(c, proxy))
      sessions.add(c.req, session)
      c.set(as, session)
      await next()
      let patch: HeadPatch
      try {
        const told = commit(new WebAnswer(c.res))
        patch = told instanceof Promise ? await told : told
      } catch (error) {
        dropAnswer(c)
        throw error
      }
      replaceResponse(c, patched(c.res, patch))
    } finally {
      if (close !== undefined) await letGo(close, platformOf(c))
    }
  }

  const requestOf = ({ req }: Pick<Context, 'req'>): object => req
  return withHandle(sentinelSession, attachment, sessions, requestOf) as unknown as HonoSession<T, R>
}

/** Hono puts the headers of the response so far on that of the error. */
function dropAnswer(c: Context): void {
  const headers = [...c.res.headers].filter(([name]) => !isOfTheAnswer(name))
  replaceResponse(c, new Response(null, { headers }))
}

/** The getter throws where there is none. */
function platformOf(c: Context): Platform | undefined {
  try {
    return c.executionCtx
  } catch {
    return undefined
  }
}
