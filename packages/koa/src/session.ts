/** The Koa middleware: `ctx.session`, committed before the response leaves. It knows HTTP, and no storage. */
import {
  type AdapterSession,
  createSessionManager,
  type DefaultData,
  type HeadPatch,
  type Manager,
  type Reads,
  SessionError,
  type SessionHandle,
  type SessionOf,
  type SessionStore,
  type WithManager,
} from '@sentinel-session/core'
import type { Context, DefaultState, Middleware } from 'koa'
import { applyPatch, exchange } from './exchange.ts'

/** What the middleware puts on the context: `new Koa<DefaultState, SessionContext<MySession>>()`. */
export interface SessionContext<X = DefaultData> {
  readonly session: SessionOf<X>
}

export type KoaSession<T extends object, R extends Partial<T>> = Middleware<
  DefaultState,
  { readonly session: SessionStore<T, R> }
> &
  SessionHandle<Pick<Context, 'req'>, T, R>

/**
 * Sessions for Koa over any provider; without one, in this process' memory. Register it before what uses the session, and
 * after what should not be held up by it. Throws `ERR_CONFIG_*`.
 */
export function session<T extends object, R extends Partial<T>>(options: WithManager<T, R>): KoaSession<T, R>
export function session<T extends object = DefaultData, In = unknown>(
  options?: AdapterSession<T, In>,
): KoaSession<T, Reads<T, In>>
export function session<T extends object, In>(
  options: AdapterSession<T, In> | WithManager<T, Reads<T, In>> = {},
): KoaSession<T, Reads<T, In>> {
  const { as = 'session', manager: given, ...rest } = options
  const manager = (given ?? createSessionManager<T, In>(rest)) as Manager<T, Reads<T, In>>
  return bind(manager, as, given === undefined ? () => manager.close() : async () => {})
}

/** Middleware over a manager; `close` is what closing it means. */
export function bind<T extends object, R extends Partial<T>>(
  manager: Manager<T, R>,
  as: string,
  close: () => Promise<void>,
): KoaSession<T, R> {
  const sessions = new WeakMap<object, SessionStore<T, R>>()

  const sentinelSession = async (ctx: Context, next: () => Promise<unknown>): Promise<void> => {
    if (Object.hasOwn(ctx, as)) {
      const message = `ctx.${as} is taken: give a second session another name by the option "as".`
      throw new SessionError('ERR_CONFIG_OPTION', message, { field: 'as' })
    }
    const { session, commit } = await manager.open(exchange(ctx))
    sessions.set(ctx.req, session)
    Object.defineProperty(ctx, as, { value: session })
    let failure: { error: unknown } | undefined
    try {
      await next()
    } catch (error) {
      failure = { error }
    }
    const status = failure === undefined ? ctx.status : statusOf(failure.error)
    const patch = await commit({ status, ...cacheControlOf(ctx) }).catch((error: unknown) => {
      if (failure !== undefined) ctx.app.emit('error', failure.error, ctx)
      throw error
    })
    if (failure !== undefined) throw withHeaders(failure.error, patch)
    applyPatch(patch, ctx)
  }

  return Object.assign(sentinelSession, {
    of: ({ req }: Pick<Context, 'req'>): SessionStore<T, R> => {
      const session = sessions.get(req)
      if (session === undefined) {
        throw new SessionError('ERR_SESSION_ABSENT', 'The session middleware did not run for this request.')
      }
      return session
    },
    manager,
    ready: () => manager.ready(),
    close,
  }) as unknown as KoaSession<T, R>
}

function cacheControlOf(ctx: Context): { cacheControl?: string } {
  const text = ctx.response.get('Cache-Control')
  return text === '' ? {} : { cacheControl: text }
}

/** What Koa's onerror will answer with. */
function statusOf(error: unknown): number {
  const { status, statusCode } = (error ?? {}) as { status?: unknown; statusCode?: unknown }
  const told = typeof status === 'number' ? status : statusCode
  return typeof told === 'number' && told >= 400 && told < 600 ? told : 500
}

/** Koa's onerror clears all headers but those of the error. */
function withHeaders(failure: unknown, { append, set }: HeadPatch): unknown {
  if (!(failure instanceof Error) || !Object.isExtensible(failure) || append.length + set.length === 0) return failure
  const error: Error & { headers?: Record<string, string | string[]> } = failure
  error.headers = { ...error.headers, ...Object.fromEntries([...append, ...set]) }
  return error
}
