/** The text of a Set-Cookie header (RFC 6265bis, section 4.1). */
import { cookieError, isCookieDomain, isCookieName, isCookiePath, isCookieValue } from './cookie-grammar.ts'

export interface CookieAttributes {
  path: string
  /** The host alone, if left out. */
  domain?: string | undefined
  httpOnly: boolean
  secure: boolean
  /** The browser's own rule, if undefined. */
  sameSite: 'lax' | 'strict' | 'none' | undefined
  partitioned: boolean
  priority?: 'low' | 'medium' | 'high' | undefined
}

/** RFC 6265bis, section 5.5: browsers let no cookie live longer than 400 days. */
const MAX_AGE_SECONDS = 400 * 24 * 60 * 60
/** RFC 6265bis, section 5.6: browsers drop what is longer, name and value together. */
const MAX_COOKIE = 4_096

/** What stands behind `name=value`, a constant of the cookie. Throws `ERR_CONFIG_COOKIE` for a text that would be more than one attribute. */
export function serializeAttributes(attributes: CookieAttributes): string {
  const { path, domain, httpOnly, secure, sameSite, partitioned, priority } = attributes
  if (!isCookiePath(path))
    throw cookieError('path', 'must begin with "/" and must not contain spaces, ";" or non-ASCII.')
  if (domain !== undefined && !isCookieDomain(domain)) {
    throw cookieError('domain', 'must be a host name such as example.com, without a dot in front.')
  }
  let text = `; Path=${path}`
  if (domain !== undefined) text += `; Domain=${domain}`
  if (httpOnly) text += '; HttpOnly'
  if (secure) text += '; Secure'
  if (sameSite !== undefined) text += `; SameSite=${capitalized(sameSite)}`
  if (partitioned) text += '; Partitioned'
  if (priority !== undefined) text += `; Priority=${capitalized(priority)}`
  return text
}

/** Throws `ERR_CONFIG_COOKIE` for a name or value outside the grammar, or too long. `attributes` is of `serializeAttributes`. */
export function serializeCookie(name: string, value: string, attributes: string): string {
  if (!isCookieName(name)) throw cookieError('name', "must be a token of RFC 9110: letters, digits and !#$%&'*+-.^_`|~")
  if (!isCookieValue(value)) throw cookieError('', 'cannot carry this sid: a character has no place in a cookie value.')
  if (name.length + value.length > MAX_COOKIE) throw cookieError('name', 'and value together exceed 4096 bytes.')
  return `${name}=${value}${attributes}`
}

/** Deletes the cookie (RFC 6265bis, section 5.6.2): Max-Age=0, and Expires says the same to what does not know Max-Age. */
export function serializeEnd(name: string, attributes: string): string {
  return `${name}=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT${attributes}`
}

/** At least one second, since 0 would delete the cookie, and at most 400 days. */
export function serializeMaxAge(ms: number): string {
  return `; Max-Age=${Math.max(1, Math.min(Math.floor(ms / 1_000), MAX_AGE_SECONDS)) || 1}`
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
