/** Finds one cookie in a Cookie header (RFC 6265 section 4.2) in linear time, without building a table of the others. */

export type FoundCookie = { value: string } | { reason: 'none' | 'duplicate' | 'malformed' }

/** Longer headers are not looked at: no browser sends them for us. */
const LONGEST_HEADER = 16_384

const NONE: FoundCookie = { reason: 'none' }

/**
 * Names are compared byte by byte, and only space and tab are trimmed: a look-alike (U+00A0, `%5f`, another case) is another
 * name. Two cookies of the name are `duplicate`: which one is ours cannot be told, since a sibling domain may have set either.
 */
export function findCookie(header: string | undefined, name: string): FoundCookie {
  if (header === undefined || header === '') return NONE
  if (header.length > LONGEST_HEADER) return { reason: 'malformed' }
  let found: string | undefined
  for (let at = 0; at <= header.length; ) {
    let end = header.indexOf(';', at)
    if (end === -1) end = header.length
    while (at < end && isBlank(header, at)) at += 1
    if (header.startsWith(name, at)) {
      let equals = at + name.length
      while (equals < end && isBlank(header, equals)) equals += 1
      if (equals < end && header[equals] === '=') {
        if (found !== undefined) return { reason: 'duplicate' }
        found = trimmed(header, equals + 1, end)
      }
    }
    at = end + 1
  }
  return found === undefined ? NONE : { value: found }
}

function trimmed(header: string, from: number, to: number): string {
  let start = from
  let end = to
  while (start < end && isBlank(header, start)) start += 1
  while (start < end && isBlank(header, end - 1)) end -= 1
  return header.slice(start, end)
}

function isBlank(header: string, at: number): boolean {
  const code = header.charCodeAt(at)
  return code === 0x20 || code === 0x09
}
