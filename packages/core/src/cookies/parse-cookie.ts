/** Finds one cookie in a Cookie header. Linear, whatever the header is; other cookies are passed over unread. */
import { isCookieValue } from './cookie-grammar.ts'

export type FoundCookie =
  | { readonly value: string }
  /** `'none'`: no cookie of this name. `'duplicate'`: several. `'malformed'`: a value or header that we cannot have caused. */
  | { readonly reason: 'none' | 'duplicate' | 'malformed' }

const NONE: FoundCookie = Object.freeze({ reason: 'none' })
const DUPLICATE: FoundCookie = Object.freeze({ reason: 'duplicate' })
const MALFORMED: FoundCookie = Object.freeze({ reason: 'malformed' })

const MAX_HEADER = 16_384
/** RFC 6265bis, section 5.6: browsers keep no longer name and value. */
const MAX_COOKIE = 4_096

const TAB = 9
const SPACE = 32
const EQUALS = 61

/**
 * The name is compared as it stands: no case folding, no decoding (CVE-2021-41819). Of two cookies with one name either may be
 * planted by a sibling domain, so neither is taken. Never throws.
 */
export function findCookie(header: string | undefined, name: string): FoundCookie {
  if (header === undefined) return NONE
  if (header.length > MAX_HEADER) return MALFORMED
  const [found, other] = cookieValues(header, name)
  if (found === undefined) return NONE
  if (other !== undefined) return DUPLICATE
  return found.length + name.length <= MAX_COOKIE && isCookieValue(found) ? { value: found } : MALFORMED
}

/** All values of a name, in the order of the header, whatever they are. None of a header that is too long. */
export function cookieValues(header: string, name: string): string[] {
  const values: string[] = []
  if (header.length > MAX_HEADER) return values
  for (let start = 0; start < header.length; ) {
    const next = header.indexOf(';', start)
    const end = next === -1 ? header.length : next
    while (start < end && isSpace(header.charCodeAt(start))) start++
    const from = start + name.length + 1
    if (header.charCodeAt(from - 1) === EQUALS && header.startsWith(name, start)) {
      let to = end
      while (to > from && isSpace(header.charCodeAt(to - 1))) to--
      values.push(header.slice(from, to))
    }
    start = end + 1
  }
  return values
}

/** OWS of RFC 9110. What else `trim` takes for a space, as U+00A0, is part of a name (CVE-2026-39410). */
function isSpace(code: number): boolean {
  return code === SPACE || code === TAB
}
