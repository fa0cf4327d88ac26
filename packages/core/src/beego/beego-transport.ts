/** How a sid travels in Beego: by cookie, else by query parameter, else by header; each new sid leaves by all that send. */
import { resolveCookieOptions } from '../cookies/cookie-options.ts'
import { cookieValues } from '../cookies/parse-cookie.ts'
import { serializeAttributes, serializeCookie, serializeEnd, serializeMaxAge } from '../cookies/serialize-cookie.ts'
import { isSessionError, SessionError } from '../errors.ts'
import type { HeadPatch } from '../head-patch.ts'
import type { RequestFacts } from '../options.ts'
import type { SidTransport } from '../transport.ts'
import type { ResolvedManagerConfig } from './manager-config.ts'
import { queryEscape, queryUnescape } from './query-escape.ts'

const SAME_SITE = [undefined, undefined, 'lax', 'strict', 'none'] as const

/**
 * The first text that has the form of a sid counts, wherever it is found; what has not is as if it were not there. Throws
 * `ERR_CONFIG_COOKIE`, naming the member of the config.
 */
export function beegoTransport(config: ResolvedManagerConfig, acceptsSid: (text: string) => boolean): SidTransport {
  const cookie = config.enableSetCookie ? beegoCookie(config) : undefined
  const header = config.enableSidInHTTPHeader ? config.sessionNameInHTTPHeader : undefined
  const patch = (cookies: string | undefined, sid: string): HeadPatch => ({
    append: cookies === undefined ? [] : [['Set-Cookie', cookies]],
    set: header === undefined ? [] : [[header, sid]],
  })
  return {
    secure: cookie !== undefined && config.secure,
    vary: header === undefined ? 'Cookie' : `Cookie, ${header}`,
    read(request) {
      let isThere = false
      for (const text of textsIn(request, config)) {
        if (text !== undefined && acceptsSid(text)) return { sid: text, outdated: false }
        isThere ||= text !== ''
      }
      return { reason: isThere ? 'malformed' : 'none' }
    },
    set: (sid, _idleMs, absoluteMs) => patch(cookie?.set(sid, absoluteMs), sid),
    clear: () => patch(cookie?.cleared, ''),
  }
}

/** Whatever may be a sid, in Beego's order; undefined for a bad escape. */
function* textsIn(request: RequestFacts, config: ResolvedManagerConfig): Generator<string | undefined> {
  for (const value of cookieValues(request.header('cookie') ?? '', config.cookieName)) yield queryUnescape(value)
  if (config.enableSidInURLQuery) yield* parametersOf(request.url, config.cookieName)
  if (config.enableSidInHTTPHeader) yield request.header(config.sessionNameInHTTPHeader.toLowerCase()) ?? ''
}

function* parametersOf(url: string, name: string): Generator<string | undefined> {
  const [, query = ''] = /\?([^#]*)/.exec(url) ?? []
  for (const pair of query.split('&')) {
    const end = pair.indexOf('=')
    if (end !== -1 && queryUnescape(pair.slice(0, end)) === name) yield queryUnescape(pair.slice(end + 1))
  }
}

function beegoCookie(config: ResolvedManagerConfig): {
  set(sid: string, absoluteMs: number): string
  readonly cleared: string
} {
  const { cookieName: name, cookieLifeTime } = config
  const attributes = attributesOf(config)
  return {
    set(sid, absoluteMs) {
      const lasting = cookieLifeTime === 0 ? '' : serializeMaxAge(Math.min(cookieLifeTime * 1000, absoluteMs))
      return serializeCookie(name, queryEscape(sid), lasting + attributes)
    },
    cleared: serializeEnd(name, attributes),
  }
}

/** What no browser would keep is refused, as everywhere in this library. */
function attributesOf({ cookieName, secure, disableHTTPOnly, domain, cookieSameSite }: ResolvedManagerConfig): string {
  const sameSite = SAME_SITE[cookieSameSite]
  try {
    const options = resolveCookieOptions({
      name: cookieName,
      secure,
      httpOnly: !disableHTTPOnly,
      ...(domain === '' ? {} : { domain: domain.replace(/^\./, '') }),
      ...(sameSite === undefined ? {} : { sameSite }),
    })
    return serializeAttributes({ ...options, sameSite })
  } catch (error) {
    throw isSessionError(error, 'ERR_CONFIG_COOKIE') ? inBeegosWords(error) : error
  }
}

const BEEGO_NAMES: Readonly<Record<string, string>> = {
  'cookie.name': 'cookieName',
  'cookie.domain': 'domain',
  'cookie.secure': 'secure',
  'cookie.sameSite': 'cookieSameSite',
}

function inBeegosWords({ field = '', message }: SessionError): SessionError {
  const name = BEEGO_NAMES[field] ?? field
  return new SessionError('ERR_CONFIG_COOKIE', message.replace(field, name), { field: name })
}
