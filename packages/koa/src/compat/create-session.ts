/** `createSession(options, app)`: the middleware of koa-session, over a provider of ours. */
import { createProvider, memoryBackend, type Provider } from '@sentinel-session/core'
import { koaStore } from '@sentinel-session/core/internal'
import type Koa from 'koa'
import type { Context, Middleware } from 'koa'
import type { CompatSession } from './compat-session.ts'
import { ContextSession } from './context-session.ts'
import { type CompatOptions, type ExternalStore, type ResolvedOptions, resolveOptions } from './options.ts'

/** Where sessions live, unless `store` or `ContextStore` say so. A memory backend of its own; who makes it closes it. */
export type WithProvider = CompatOptions & { provider?: Provider }

/** What it puts on contexts: `new Koa<DefaultState, CompatContext>()`. As koa-session, it declares no global types. */
export interface CompatContext {
  /** Null after it was set to null: then the session ends with the request. */
  get session(): CompatSession | null
  set session(value: object | null)
  /** Of this request: changing them changes how the session is saved. */
  readonly sessionOptions: ResolvedOptions
}

// biome-ignore lint/suspicious/noExplicitAny: an application of any state and context
type App = Koa<any, any>

/** On the prototype of the contexts of an app: which session a context has. */
const SESSION_OF: unique symbol = Symbol.for('sentinel-session.koa.compat')

/**
 * Sessions as koa-session has them: `app.use(createSession({ provider, key: 'koa.sess' }, app))`. It puts `ctx.session` and
 * `ctx.sessionOptions` on all contexts of the app. Throws a TypeError without an app, or for a store that is none.
 */
export function createSession(options: WithProvider, app: App): Middleware
export function createSession(app: App, options?: WithProvider): Middleware
export function createSession(first: WithProvider | App, second: WithProvider | App = {}): Middleware {
  const [app, given] = isApp(first) ? [first, second as WithProvider] : [second, first]
  if (!isApp(app)) throw new TypeError('createSession needs the app: createSession(options, app)')
  const { provider, ...rest } = given
  const options = resolveOptions(rest)
  const store: ExternalStore = options.store ?? koaStore(provider ?? createProvider(memoryBackend()))
  extend(app.context, ctx => new ContextSession(ctx, options, store))
  return async function session(ctx, next) {
    const session = sessionOf(ctx)
    await session.load()
    let failure: { error: unknown } | undefined
    try {
      await next()
    } catch (error) {
      failure = { error }
    }
    if (options.autoCommit) {
      await session.commit().catch((error: unknown) => {
        // The handler's own error is not to be lost behind this one.
        if (failure !== undefined) ctx.app.emit('error', failure.error, ctx)
        throw error
      })
    }
    if (failure !== undefined) throw failure.error
  }
}

function isApp(value: WithProvider | App | undefined): value is App {
  return typeof (value as { use?: unknown } | undefined)?.use === 'function'
}

function sessionOf(ctx: Context): ContextSession {
  return (ctx as unknown as { [SESSION_OF](): ContextSession })[SESSION_OF]()
}

/** Once for an app: of two, the first one's options hold, as with koa-session. */
function extend(prototype: object, make: (ctx: Context) => ContextSession): void {
  if (Object.hasOwn(prototype, SESSION_OF)) return
  const sessions = new WeakMap<Context, ContextSession>()
  Object.defineProperties(prototype, {
    [SESSION_OF]: {
      value(this: Context) {
        const known = sessions.get(this) ?? make(this)
        sessions.set(this, known)
        return known
      },
    },
    session: {
      configurable: true,
      get(this: Context) {
        return sessionOf(this).get()
      },
      set(this: Context, value: object | null) {
        sessionOf(this).set(value)
      },
    },
    sessionOptions: {
      get(this: Context) {
        return sessionOf(this).options
      },
    },
  })
}
