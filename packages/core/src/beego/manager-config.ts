/** Beego's ManagerConfig: its members, their defaults, and what cannot work. */
import { isCookieName } from '../cookies/cookie-grammar.ts'
import { SessionError } from '../errors.ts'
import { goMembers } from '../go-members.ts'
import { isHeaderName } from '../transport.ts'

/** Beego's JSON names; any case will do. Numbers are whole seconds, but for `cookieSameSite` and `sessionIDLength`. */
export interface ManagerConfig {
  /** Required. Sent and read as it stands. */
  cookieName: string
  /** The provider's save path. `''`. */
  providerConfig?: string
  /** How often `sessionGC` runs; 0 is never. 0. */
  gclifetime?: number
  /** How long a session lives without a request. 0: as long as `gclifetime`. */
  maxLifetime?: number
  /** Max-Age of the cookie, from the time when the sid was made. 0: none, the browser forgets the cookie when it ends. */
  cookieLifeTime?: number
  /** This host only. A dot in front is dropped. */
  domain?: string
  /** `false`, as in Beego: the cookie is read but never set. `true` is what most applications want. */
  enableSetCookie?: boolean
  /** `false` */
  disableHTTPOnly?: boolean
  /** `false`. True is Secure at every request: over plain http a cookie that would be set is an error, `ERR_CONFIG_INSECURE`. */
  secure?: boolean
  /** 0 and 1: not sent; 2 `lax`, 3 `strict`, 4 `none`. 0. */
  cookieSameSite?: 0 | 1 | 2 | 3 | 4
  /** Random bytes of a sid: 16 to 128, or 0 for 16. Two characters each. */
  sessionIDLength?: number
  /** In front of each sid: at most 128 characters of printable ASCII. `''`. */
  sessionIDPrefix?: string
  /** `false`. True: the sid is also read from, and sent in, `sessionNameInHTTPHeader`. */
  enableSidInHTTPHeader?: boolean
  /** Needed with `enableSidInHTTPHeader`. `''`. */
  sessionNameInHTTPHeader?: string
  /** `false`. True: the sid is also read from the query parameter named `cookieName`. URLs get into logs and Referer headers. */
  enableSidInURLQuery?: boolean
}

export type ResolvedManagerConfig = Readonly<Required<ManagerConfig>>

const DEFAULTS: ResolvedManagerConfig = {
  cookieName: '',
  providerConfig: '',
  gclifetime: 0,
  maxLifetime: 0,
  cookieLifeTime: 0,
  domain: '',
  enableSetCookie: false,
  disableHTTPOnly: false,
  secure: false,
  cookieSameSite: 0,
  sessionIDLength: 0,
  sessionIDPrefix: '',
  enableSidInHTTPHeader: false,
  sessionNameInHTTPHeader: '',
  enableSidInURLQuery: false,
}

const NAMES = new Map(Object.keys(DEFAULTS).map(name => [name.toLowerCase(), name as keyof ManagerConfig]))

/** Beego's and OWASP's 128 bits. */
const LEAST_SID_BYTES = 16
const MOST_SID_BYTES = 128
const PREFIX = /^[ -~]{0,128}$/

/**
 * Throws `ERR_CONFIG_OPTION`, `ERR_CONFIG_COOKIE` or `ERR_CONFIG_DURATION`, naming the member as Beego's JSON does. As in Go, members of a JSON text that do not
 * exist are passed over; in an object they are errors.
 */
export function readManagerConfig(config: ManagerConfig | string): ResolvedManagerConfig {
  const given = typeof config === 'string' ? parse(config) : requireObject(config)
  const unknown = Object.keys(given).find(name => !NAMES.has(name.toLowerCase()))
  if (unknown !== undefined && typeof config !== 'string') {
    throw wrong(unknown, `is no member of ManagerConfig. Known: ${[...NAMES.values()].join(', ')}`)
  }
  const read: Record<string, unknown> = { ...DEFAULTS }
  for (const [lower, value] of goMembers(given)) {
    const name = NAMES.get(lower)
    if (name !== undefined) read[name] = checked(name, value)
  }
  return resolved(read as unknown as ResolvedManagerConfig)
}

function parse(text: string): object {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    // The parser's own error repeats the text, and a password may be in it.
    throw wrong('config', 'must be an object or a text of JSON')
  }
  return requireObject(parsed)
}

function requireObject(config: unknown): object {
  if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config
  throw wrong('config', 'must be an object or a text of JSON')
}

function checked(name: keyof ManagerConfig, value: unknown): unknown {
  const usual = DEFAULTS[name]
  if (typeof value !== typeof usual) throw wrong(name, `must be a ${typeof usual}`)
  if (typeof value === 'number' && !(Number.isSafeInteger(value) && value >= 0)) {
    throw wrong(name, 'must be a whole number of at least 0')
  }
  return value
}

function resolved(config: ResolvedManagerConfig): ResolvedManagerConfig {
  const maxLifetime = config.maxLifetime || config.gclifetime
  const sessionIDLength = config.sessionIDLength || LEAST_SID_BYTES
  if (!isCookieName(config.cookieName)) {
    throw new SessionError('ERR_CONFIG_COOKIE', 'cookieName must be a token of RFC 9110.', { field: 'cookieName' })
  }
  if (maxLifetime === 0) {
    const message = 'maxLifetime must be a positive number of seconds, or gclifetime where it is left out.'
    throw new SessionError('ERR_CONFIG_DURATION', message, { field: 'maxLifetime' })
  }
  if (sessionIDLength < LEAST_SID_BYTES || sessionIDLength > MOST_SID_BYTES) {
    throw wrong('sessionIDLength', `must be 0, or from ${LEAST_SID_BYTES} to ${MOST_SID_BYTES} bytes`)
  }
  if (config.cookieSameSite > 4)
    throw wrong('cookieSameSite', 'must be 0 or 1 (not sent), 2 (lax), 3 (strict) or 4 (none)')
  if (!PREFIX.test(config.sessionIDPrefix)) {
    throw wrong('sessionIDPrefix', 'must be at most 128 characters of printable ASCII')
  }
  if (config.enableSidInHTTPHeader && !isHeaderName(config.sessionNameInHTTPHeader)) {
    throw wrong('sessionNameInHTTPHeader', 'must be the name of a header, since enableSidInHTTPHeader is true')
  }
  return { ...config, maxLifetime, sessionIDLength }
}

function wrong(field: string, what: string): SessionError {
  return new SessionError('ERR_CONFIG_OPTION', `${field} ${what}.`, { field })
}
