/** `req.session.cookie` as express-session has it: milliseconds, and dates that follow from them. */

/** Options of `cookie`. `maxAge` is in milliseconds, as there. */
export interface CookieOptions {
  /** Null: until the browser is closed. Null. */
  maxAge?: number | null
  /** Instead of `maxAge`. */
  expires?: Date | null
  /** `'/'` */
  path?: string
  domain?: string
  /** True. */
  httpOnly?: boolean
  /** `'auto'`: as the request came. False. A Secure cookie is not set over plain http. */
  secure?: boolean | 'auto'
  /** `'auto'`: `'none'` over TLS, otherwise `'lax'`. None. */
  sameSite?: boolean | 'lax' | 'strict' | 'none' | 'auto'
  priority?: 'low' | 'medium' | 'high'
  partitioned?: boolean
}

/** What is stored of it. */
export type CookieData = Omit<CookieOptions, 'maxAge' | 'expires'> & {
  originalMaxAge: number | null
  expires: Date | string | null
}

export class Cookie {
  path = '/'
  domain: string | undefined
  httpOnly = true
  secure: CookieOptions['secure']
  sameSite: CookieOptions['sameSite']
  priority: CookieOptions['priority']
  partitioned: boolean | undefined
  /** Milliseconds, as it was set last; `touch()` begins it anew. */
  originalMaxAge: number | null = null
  #expires: Date | null = null

  constructor({ maxAge, expires, ...rest }: CookieOptions = {}) {
    Object.assign(this, rest)
    if (expires !== undefined) this.expires = expires
    if (maxAge !== undefined) this.maxAge = maxAge
  }

  /** Of a stored session. */
  static of({ originalMaxAge, expires, ...rest }: CookieData): Cookie {
    const cookie = new Cookie(rest)
    cookie.expires = expires === null || expires === undefined ? null : new Date(expires)
    cookie.originalMaxAge = originalMaxAge
    return cookie
  }

  get expires(): Date | null {
    return this.#expires
  }

  set expires(date: Date | null) {
    this.#expires = date
    this.originalMaxAge = this.maxAge
  }

  /** Milliseconds from now. */
  get maxAge(): number | null {
    return this.#expires === null ? null : this.#expires.valueOf() - Date.now()
  }

  set maxAge(ms: number | null) {
    if (ms !== null && typeof ms !== 'number') throw new TypeError('maxAge must be a number or null')
    this.expires = ms === null ? null : new Date(Date.now() + ms)
    this.originalMaxAge = ms
  }

  get data(): CookieData {
    const { originalMaxAge, partitioned, priority, expires, secure, httpOnly, domain, path, sameSite } = this
    const all = { originalMaxAge, partitioned, priority, expires, secure, httpOnly, domain, path, sameSite }
    const told = Object.entries(all).filter(([, value]) => value !== undefined)
    return Object.fromEntries(told) as CookieData
  }

  toJSON(): CookieData {
    return this.data
  }

  /** A line of Set-Cookie. */
  serialize(name: string, value: string): string {
    const { domain, path, expires, httpOnly, secure, partitioned, priority, sameSite } = this
    const parts = [`${name}=${encodeURIComponent(value)}`]
    if (domain) parts.push(`Domain=${domain}`)
    if (path) parts.push(`Path=${path}`)
    if (expires) parts.push(`Expires=${expires.toUTCString()}`)
    if (httpOnly) parts.push('HttpOnly')
    if (secure) parts.push('Secure')
    if (partitioned) parts.push('Partitioned')
    if (priority) parts.push(`Priority=${capital(priority)}`)
    if (sameSite) parts.push(`SameSite=${sameSite === true ? 'Strict' : capital(sameSite)}`)
    return parts.join('; ')
  }
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)
