/** What may stand in a cookie (RFC 6265bis, section 4.1.1). No pattern here can backtrack. */
import { SessionError } from '../errors.ts'

// The token of RFC 9110, section 5.6.2.
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
// cookie-octet: no control, space, quote, comma, semicolon, backslash or anything beyond ASCII.
const VALUE = /^[!#-+\--:<-[\]-~]+$/
// av-octet without the space, which browsers would trim at the end.
const PATH = /^\/[!-:<-~]*$/
const DOMAIN = /^(?:[a-z0-9][a-z0-9-]*\.)*[a-z0-9][a-z0-9-]*$/i

/** RFC 6265bis, section 5.6: browsers ignore a longer value of an attribute. */
const MAX_ATTRIBUTE = 1024

export function isCookieName(text: string): boolean {
  return TOKEN.test(text)
}

/** A quoted value is not one: what stands in quotes is read differently from server to server (CVE-2023-26049). */
export function isCookieValue(text: string): boolean {
  return VALUE.test(text)
}

export function isCookiePath(text: string): boolean {
  return text.length <= MAX_ATTRIBUTE && PATH.test(text)
}

export function isCookieDomain(text: string): boolean {
  return text.length <= 253 && DOMAIN.test(text)
}

/** `option` is the name within `cookie`, or empty for the whole. */
export function cookieError(option: string, message: string): SessionError {
  const field = option === '' ? 'cookie' : `cookie.${option}`
  return new SessionError('ERR_CONFIG_COOKIE', `${field} ${message}`, { field })
}
