/** `req.session` as express-session has it: values are its own properties, and its methods take a callback or give a promise. */
import { Cookie, type CookieData } from './cookie.ts'

export type Callback = (error?: unknown) => void

/** What a session does through its request. */
export interface SessionWork {
  save(): Promise<void>
  reload(): Promise<void>
  destroy(): Promise<void>
  regenerate(): Promise<void>
}

export class Session {
  /** The sid, which is the secret in the cookie. Never log it. */
  declare readonly id: string
  cookie: Cookie
  readonly #work: SessionWork

  constructor(id: string, work: SessionWork, values: object, cookie: Cookie) {
    Object.defineProperty(this, 'id', { value: id })
    Object.assign(this, values)
    this.cookie = cookie
    this.#work = work
  }

  /** Stores it now, instead of when the response begins. */
  save(): Promise<void>
  save(callback: Callback): this
  save(callback?: Callback): unknown {
    return this.#give(this.#work.save(), callback)
  }

  /** Reads it anew: `req.session` is another object then. */
  reload(): Promise<void>
  reload(callback: Callback): this
  reload(callback?: Callback): unknown {
    return this.#give(this.#work.reload(), callback)
  }

  /** Ends it; `req.session` is undefined then. */
  destroy(): Promise<void>
  destroy(callback: Callback): this
  destroy(callback?: Callback): unknown {
    return this.#give(this.#work.destroy(), callback)
  }

  /** Ends it and begins a new one, without its values, under another sid. */
  regenerate(): Promise<void>
  regenerate(callback: Callback): this
  regenerate(callback?: Callback): unknown {
    return this.#give(this.#work.regenerate(), callback)
  }

  /** Its cookie lasts for its whole `maxAge` again. */
  touch(): this {
    return this.resetMaxAge()
  }

  resetMaxAge(): this {
    this.cookie.maxAge = this.cookie.originalMaxAge
    return this
  }

  #give(work: Promise<void>, callback: Callback | undefined): Promise<void> | this {
    if (callback === undefined) return work
    work.then(() => callback(), callback)
    return this
  }
}

/** What is kept of it: what JSON keeps. */
export function valuesOf(session: Session): Record<string, unknown> {
  return JSON.parse(JSON.stringify(session))
}

/** By what changes of it are noticed: all but its cookie. */
export function fingerprintOf(session: Session): string {
  return JSON.stringify(session, function (this: unknown, key, value) {
    return this === session && key === 'cookie' ? undefined : value
  })
}

/** A stored session has the cookie that it was stored with. */
export function cookieOf(values: Record<string, unknown>, otherwise: () => Cookie): Cookie {
  const data = values.cookie as CookieData | undefined
  return data === undefined ? otherwise() : Cookie.of(data)
}
