/** The options of koa-session, in its units and with its defaults. */
import { nativeLayout } from '@sentinel-session/core/internal'
import type { Context } from 'koa'
import type { CompatSession } from './compat-session.ts'

// biome-ignore lint/suspicious/noExplicitAny: koa-session types neither values nor contexts
type Any = any

/** Where sessions are, as koa-session calls it. `maxAge` is in ms. */
export interface ExternalStore {
  get(key: string, maxAge: Any, about: { ctx: Context; rolling: boolean }): Promise<Any> | Any
  set(key: string, session: object, maxAge: Any, about: { ctx: Context; rolling: boolean; changed: boolean }): Any
  destroy(key: string, about: { ctx: Context }): Any
}

/** All are optional. Others than these are cookie options, as `domain`, `path` and `priority`, and go to `ctx.cookies` as they are. */
export interface CompatOptions {
  /** Name of the cookie. `'koa.sess'`. */
  key?: string
  /** Ms, or `'session'` for as long as the browser is open. One day. */
  maxAge?: number | 'session'
  /** Commit at the end of the request. `true`; else `await ctx.session.manuallyCommit()`. */
  autoCommit?: boolean
  /** `true`. */
  overwrite?: boolean
  /** `true`. */
  httpOnly?: boolean
  /** By `app.keys`. `true`. */
  signed?: boolean
  /** Every response sets the cookie anew. `false`. */
  rolling?: boolean
  /** A session that is about to end is set anew. `false`. */
  renew?: boolean
  /** As the connection is. */
  secure?: boolean
  sameSite?: Any
  domain?: string
  path?: string
  /** Where the key of the session travels instead of in a cookie. */
  externalKey?: { get(ctx: Any): string | undefined; set(ctx: Any, key: string): void }
  /** An external store of koa-session, in place of the provider. None. */
  store?: ExternalStore
  /** A class of such a store, made for each request. None. */
  ContextStore?: new (
    ctx: Any,
  ) => ExternalStore
  /** Keys of new sessions. `prefix`, and 32 random bytes. */
  genid?: (ctx: Any) => string
  /** In front of those keys. None. */
  prefix?: string
  /** False: the visitor gets a new session. */
  valid?: (ctx: Any, session: Any) => unknown
  beforeSave?: (ctx: Any, session: CompatSession) => void
}

export interface ResolvedOptions extends CompatOptions {
  key: string
  autoCommit: boolean
  rolling: boolean
  renew: boolean
  genid: (ctx: Any) => string
}

/** Throws a TypeError for what is no store, as koa-session does. */
export function resolveOptions(given: CompatOptions): ResolvedOptions {
  const { prefix = '' } = given
  const options = {
    overwrite: true,
    httpOnly: true,
    signed: true,
    genid: () => prefix + nativeLayout.newSid(),
    ...given,
    key: given.key ?? 'koa.sess',
    autoCommit: given.autoCommit ?? true,
    rolling: given.rolling ?? false,
    renew: given.renew ?? false,
  }
  if (options.sameSite == null) delete options.sameSite
  requireVerbs(options.store, 'store')
  requireVerbs(options.ContextStore?.prototype, 'ContextStore')
  return options
}

function requireVerbs(store: Partial<ExternalStore> | undefined, name: string): void {
  if (store === undefined) return
  for (const verb of ['get', 'set', 'destroy'] as const) {
    if (typeof store[verb] !== 'function') throw new TypeError(`${name} must have the function ${verb}`)
  }
}
