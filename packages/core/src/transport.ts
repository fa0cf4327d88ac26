/** How a sid travels between the visitor and us: in a cookie, or in a header. Beego's manager has a mixture of its own. */
import { isCookieName } from './cookies/cookie-grammar.ts'
import { type CookieOptions, type CookieReading, resolveSessionCookie } from './cookies/session-cookie.ts'
import { SessionError } from './errors.ts'
import type { HeadPatch } from './head-patch.ts'
import type { RequestFacts } from './options.ts'

export interface SidTransport {
  /** What it sets must not leave over plain http. */
  readonly secure: boolean
  /** The request headers that a response depends on, as the value of Vary. */
  readonly vary: string
  /** Never throws. Whether the sid has the form of one, the layout knows. */
  read(request: RequestFacts): CookieReading
  /** `idleMs`: until the idle deadline. `absoluteMs`: until the absolute one. */
  set(sid: string, idleMs: number, absoluteMs: number): HeadPatch
  clear(): HeadPatch
}

/** `secure` wins over that of the cookie. Throws `ERR_CONFIG_OPTION` for both ways at once, and what the one way throws. */
export function transportOf(
  { header, cookie }: { header?: string; cookie?: CookieOptions },
  secure?: boolean,
): SidTransport {
  if (header === undefined) return cookieTransport(secure === undefined ? (cookie ?? {}) : { ...cookie, secure })
  if (cookie === undefined) return headerTransport(header)
  const message = 'The sid travels by header or by cookie: not both options can be given.'
  throw new SessionError('ERR_CONFIG_OPTION', message, { field: 'header' })
}

/** Throws what `resolveSessionCookie` throws. */
function cookieTransport(options: CookieOptions): SidTransport {
  const cookie = resolveSessionCookie(options)
  return {
    secure: cookie.secure,
    vary: 'Cookie',
    read: request => cookie.read(request.header('cookie')),
    set: (sid, idleMs, absoluteMs) => ({ append: [['Set-Cookie', cookie.set(sid, idleMs, absoluteMs)]], set: [] }),
    clear: () => ({ append: [['Set-Cookie', cookie.clear()]], set: [] }),
  }
}

/** An empty header tells the client to forget its sid. Throws `ERR_CONFIG_OPTION` for what is no name of a header. */
function headerTransport(name: string): SidTransport {
  if (!isHeaderName(name)) {
    throw new SessionError('ERR_CONFIG_OPTION', 'The option header must be the name of a header.', { field: 'header' })
  }
  return {
    secure: false,
    vary: name,
    read(request) {
      const sid = request.header(name.toLowerCase()) ?? ''
      return sid === '' ? { reason: 'none' } : { sid, outdated: false }
    },
    set: sid => ({ append: [], set: [[name, sid]] }),
    clear: () => ({ append: [], set: [[name, '']] }),
  }
}

/** A token of RFC 9110, and none of those that the response has anyway. */
export function isHeaderName(name: unknown): name is string {
  return typeof name === 'string' && isCookieName(name) && !/^(?:set-cookie|cookie|vary|cache-control)$/i.test(name)
}
