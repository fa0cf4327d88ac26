/** The session cookie: how it is read, set and cleared is fixed once, at construction. */
import { type CookieOptions, resolveCookieOptions } from './cookie-options.ts'
import { findCookie } from './parse-cookie.ts'
import { serializeAttributes, serializeCookie, serializeEnd, serializeMaxAge } from './serialize-cookie.ts'
import { createCookieSigner } from './sign-cookie.ts'

export type { CookieOptions } from './cookie-options.ts'

export interface SessionCookie {
  readonly name: string
  readonly secure: boolean
  /** From a Cookie header. Never throws. Whether the sid has the form of one, the layout knows. */
  read(header: string | undefined): CookieReading
  /**
   * The value of a Set-Cookie header. `idleMs`, the time until the idle deadline, counts with `lifetime: 'rolling'` only; `absoluteMs`, the
   * time until the absolute one, is the most that a fixed lifetime gets.
   */
  set(sid: string, idleMs?: number, absoluteMs?: number): string
  /** The value of a Set-Cookie header that deletes it. */
  clear(): string
}

export type CookieReading =
  /** `outdated`: signed with an older key; to be issued anew. */
  | { readonly sid: string; readonly outdated: boolean }
  /** Nothing in the request leads to a session. */
  | { readonly reason: 'none' | 'duplicate' | 'malformed' | 'signature' }

const NOT_SIGNED: CookieReading = Object.freeze({ reason: 'signature' })

/** Throws `ERR_CONFIG_COOKIE`, `_KEYS`, `_DURATION` or `_OPTION`, naming the option, for what is unknown or cannot work. */
export function resolveSessionCookie(options: CookieOptions): SessionCookie {
  const resolved = resolveCookieOptions(options)
  const { name, secure, lifetime, keys } = resolved
  const signer = keys === undefined ? undefined : createCookieSigner(name, keys)
  const attributes = serializeAttributes(resolved)
  const cleared = serializeEnd(name, attributes)
  return Object.freeze<SessionCookie>({
    name,
    secure,
    read(header) {
      const found = findCookie(header, name)
      if ('reason' in found) return found
      if (signer === undefined) return { sid: found.value, outdated: false }
      return signer.verify(found.value) ?? NOT_SIGNED
    },
    set(sid, idleMs, absoluteMs = Number.POSITIVE_INFINITY) {
      const value = signer === undefined ? sid : signer.sign(sid)
      const fixedMs = typeof lifetime === 'object' ? Math.min(lifetime.ms, absoluteMs) : undefined
      const ms = lifetime === 'rolling' ? idleMs : fixedMs
      return serializeCookie(name, value, ms === undefined ? attributes : serializeMaxAge(ms) + attributes)
    },
    clear: () => cleared,
  })
}
