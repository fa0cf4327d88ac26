/** The Koa middleware: `ctx.session`, committed before the response leaves. It knows HTTP, and no storage. */
import type {
  AdapterSession,
  DefaultData,
  HeadPatch,
  Reads,
  SessionHandle,
  SessionOf,
  SessionStore,
  WithManager,
} from '@sentinel-session/core'
import { type Attachment, attach, RequestSessions, withHandle } from '@sentinel-session/core/internal'
import type { Context, DefaultState, Middleware } from 'koa'
import { ContextProperty } from './context-property.ts'
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
  return middleware(attach<T, In>(options))
}

export function middleware<T extends object, R extends Partial<T>>(attachment: Attachment<T, R>): KoaSession<T, R> {
  const { as, manager } = attachment
  const sessions = new RequestSessions<T, R>()
  const property = ContextProperty.named(as)

  const sentinelSession = async (ctx: Context, next: () => Promise<unknown>): Promise<void> => {
    property.requireFree(ctx)
    const { session, commit } = await manager.open(exchange(ctx))
    sessions.add(ctx.req, session)
    property.set(ctx, session)
    let failure: { error: unknown } | undefined
    try {
      await next()
    } catch (error) {
      failure = { error }
    }
    const status = failure === undefined ? ctx.status : statusOf(failure.error)
    let patch: HeadPatch
    try {
      const told = commit(new KoaAnswer(ctx, status))
      patch = told instanceof Promise ? await told : told
    } catch (error) {
      if (failure !== undefined) ctx.app.emit('error', failure.error, ctx)
      throw error
    }
    if (failure !== undefined) throw withHeaders(failure.error, patch)
    applyPatch(patch, ctx)
  }

  const requestOf = ({ req }: Pick<Context, 'req'>): object => req
  return withHandle(sentinelSession, attachment, sessions, requestOf) as unknown as KoaSession<T, R>
}

class KoaAnswer {
  readonly #context: Context
  readonly status: number

  constructor(ctx: Context, status: number) {
    this.#context = ctx
    this.status = status
  }

  get cacheControl(): string {
    return this.#context.response.get('Cache-Control')
  }
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
