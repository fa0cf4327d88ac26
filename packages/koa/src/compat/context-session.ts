/** The session of one request, from its cookie to its commit, by the rules of koa-session. */
import type { Context } from 'koa'
import { CompatSession } from './compat-session.ts'
import type { ExternalStore, ResolvedOptions } from './options.ts'

const ONE_DAY_MS = 86_400_000

/** By how much the stored session outlives its cookie. */
const STORE_MARGIN_MS = 10_000

type Stored = Record<string, unknown>

export interface CommitOptions {
  /** Also when there is nothing in it. */
  save?: boolean
  /** Under a new key. */
  regenerate?: boolean
}

export class ContextSession {
  readonly #ctx: Context
  readonly #store: ExternalStore
  /** Of this request alone: `ctx.sessionOptions` may be changed. */
  readonly options: ResolvedOptions
  /** Undefined: nobody asked. Null: set to null. */
  #session: CompatSession | null | undefined
  #externalKey: string | undefined
  /** The store knows the key. */
  #isStored = false
  /** What is stored, as text. */
  #before: string | undefined
  /** By this request. */
  #isSaved = false
  /** Its `maxAge` was set. */
  mustSave = false

  constructor(ctx: Context, options: ResolvedOptions, store: ExternalStore) {
    this.#ctx = ctx
    this.options = { ...options }
    this.#store = options.ContextStore === undefined ? store : new options.ContextStore(ctx)
  }

  get externalKey(): string {
    this.#externalKey ??= this.options.genid(this.#ctx)
    return this.#externalKey
  }

  get(): CompatSession | null {
    if (this.#session === undefined) this.#begin()
    return this.#session as CompatSession | null
  }

  /** Throws for what is neither null nor an object. */
  set(value: object | null): void {
    if (value === null) this.#session = null
    else if (typeof value === 'object') this.#begin(value as Stored)
    else throw new Error('ctx.session can only be set as null or an object.')
  }

  async load(): Promise<void> {
    const { options } = this
    const key = options.externalKey === undefined ? this.#cookie() : options.externalKey.get(this.#ctx)
    if (!key) return this.#begin()
    const about = { ctx: this.#ctx, rolling: options.rolling }
    const stored: Stored | undefined = await this.#store.get(key, options.maxAge, about)
    const fault = faultOf(stored, () => options.valid === undefined || options.valid(this.#ctx, stored))
    if (fault !== undefined) {
      const { app } = this.#ctx
      setImmediate(() => app.emit(`session:${fault}`, { key, value: stored, ctx: this.#ctx }))
      return this.#begin()
    }
    this.#externalKey = key
    this.#isStored = true
    this.#begin(stored)
    this.#before = textOf(this.#session!)
  }

  async commit({ save = false, regenerate = false }: CommitOptions = {}): Promise<void> {
    const session = this.#session
    if (session === undefined) return
    if (session === null) return this.#remove()
    if (regenerate) {
      await this.#remove()
      this.#externalKey = undefined
    }
    const isChanged = this.#isChanged(session)
    const isForced = save || regenerate || this.mustSave
    if (!isForced && !isChanged && !this.#isDue(session)) return
    this.options.beforeSave?.(this.#ctx, session)
    await this.#save(session, isChanged && !isForced)
  }

  #begin(stored?: Stored): void {
    this.#session = new CompatSession(this, stored)
  }

  /** Something is there now that is not stored; of what is new, anything at all. */
  #isChanged(session: CompatSession): boolean {
    return this.#before === undefined ? session.populated : this.#before !== textOf(session)
  }

  /** Saved without a change, so that it lives on. */
  #isDue({ _expire, maxAge }: CompatSession): boolean {
    if (this.#before === undefined || this.#isSaved) return false
    if (this.options.rolling) return true
    return this.options.renew && typeof maxAge === 'number' && _expire - Date.now() < maxAge / 2
  }

  async #save(session: CompatSession, changed: boolean): Promise<void> {
    const { options } = this
    const ctx = this.#ctx
    const maxAge = options.maxAge || ONE_DAY_MS
    const isOfBrowser = maxAge === 'session'
    const values = session.toJSON()
    const about = isOfBrowser ? { _session: true } : { _expire: Date.now() + maxAge, _maxAge: maxAge }
    const kept = isOfBrowser ? maxAge : maxAge + STORE_MARGIN_MS
    const key = this.externalKey
    const before = textOf(session)
    await this.#store.set(key, { ...values, ...about }, kept, { changed, ctx, rolling: options.rolling })
    this.#isStored = true
    this.#before = before
    this.#isSaved = true
    this.mustSave = false
    if (options.externalKey !== undefined) options.externalKey.set(ctx, key)
    else this.#setCookie(key, isOfBrowser ? undefined : options.maxAge)
  }

  async #remove(): Promise<void> {
    if (this.#isStored) await this.#store.destroy(this.externalKey, { ctx: this.#ctx })
    this.#isStored = false
    this.#setCookie('', undefined, new Date(0))
  }

  #cookie(): string | undefined {
    return this.#ctx.cookies.get(this.options.key, { signed: this.options.signed ?? false })
  }

  #setCookie(value: string, maxAge: number | 'session' | undefined, expires?: Date): void {
    const ends = expires === undefined ? {} : { expires }
    this.#ctx.cookies.set(this.options.key, value, {
      ...cookieOptions(this.options),
      maxAge: maxAge as number,
      ...ends,
    })
  }
}

/** Koa's cookies take what they know and pass over the rest. */
function cookieOptions({ maxAge: _, ...options }: ResolvedOptions): object {
  return options
}

function textOf(session: CompatSession): string {
  return JSON.stringify(session.toJSON())
}

/** Why a stored session is not the visitor's: the name of the event. */
function faultOf(stored: Stored | undefined, isValid: () => unknown): 'missed' | 'expired' | 'invalid' | undefined {
  if (!stored) return 'missed'
  if (typeof stored._expire === 'number' && stored._expire < Date.now()) return 'expired'
  return isValid() ? undefined : 'invalid'
}
