/** The session cookie: name and attributes are fixed at construction; nothing is ever downgraded by the request. */
import { type Duration, toMs } from '../duration.ts'
import { SessionError } from '../errors.ts'
import { knownKeys } from '../known-keys.ts'
import { findCookie } from './find-cookie.ts'
import { type Keyring, signer } from './sign-cookie.ts'

export interface CookieOptions {
  /** `'__Host-sid'`; `'sid'` with `secure: false`, a domain or another path, where browsers refuse that prefix. */
  name?: string
  /** `true`. On plain http to a loopback host the cookie is sent all the same; to any other host `ERR_CONFIG_INSECURE` is thrown. */
  secure?: boolean
  /** `'browser'`: no Max-Age. `'rolling'`: follows the idle deadline. A duration: fixed, from creation. At most 400 days. */
  lifetime?: 'browser' | 'rolling' | Duration
  /** `'/'`. */
  path?: string
  /** This host only. */
  domain?: string
  /** `true`. */
  httpOnly?: boolean
  /** `'lax'`. */
  sameSite?: 'lax' | 'strict' | 'none'
  /** `false`. */
  partitioned?: boolean
  /** Not sent. */
  priority?: 'low' | 'medium' | 'high'
  /** Unsigned. With keys a forged cookie never reaches the backend. */
  keys?: Keyring
}

export type CookieReading =
  | { sid: string /** Signed with an older key: to be sent again. */; outdated: boolean }
  | { reason: 'none' | 'duplicate' | 'malformed' | 'signature' }

export interface SessionCookie {
  readonly name: string
  readonly secure: boolean
  read(header: string | undefined): CookieReading
  /** A Set-Cookie value; `idleMs` is how long the session lives without a request. */
  set(sid: string, idleMs: number): string
  /** A Set-Cookie value that ends the cookie, with the same attributes: else browsers keep it. */
  clear(): string
}

/** RFC 6265bis section 5.5: browsers cut longer lifetimes. */
const LONGEST_S = 400 * 86_400
/** RFC 6265bis section 5.6: name and value together. */
const LONGEST_NAME = 4096 - 128
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const ATTRIBUTE = /^[\x20-\x3a\x3c-\x7e]+$/
const PREFIXES = ['__Host-', '__Secure-']

/** Throws `ERR_CONFIG_COOKIE`, `ERR_CONFIG_KEYS`, `ERR_CONFIG_DURATION` or `ERR_CONFIG_OPTION`, naming the option. */
export function resolveSessionCookie(options: CookieOptions = {}): SessionCookie {
  knownKeys(options, NAMES, 'cookie.')
  const { secure = true, httpOnly = true, partitioned = false, sameSite = 'lax', path = '/' } = options
  const { domain, priority, lifetime = 'browser' } = options
  for (const [field, value] of Object.entries({ secure, httpOnly, partitioned })) {
    if (typeof value !== 'boolean') throw invalid(field, 'must be true or false')
  }
  if (!Object.hasOwn(SAME_SITE, sameSite)) throw invalid('sameSite', "must be 'lax', 'strict' or 'none'")
  if (priority !== undefined && !Object.hasOwn(PRIORITY, priority)) {
    throw invalid('priority', "must be 'low', 'medium' or 'high'")
  }
  if (typeof path !== 'string' || !path.startsWith('/') || !ATTRIBUTE.test(path) || path.length > 1024) {
    throw invalid('path', "must begin with '/' and hold neither ';' nor control characters")
  }
  if (domain !== undefined && (typeof domain !== 'string' || !/^\.?[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i.test(domain))) {
    throw invalid('domain', 'must be a domain name')
  }
  const name = options.name ?? (secure && domain === undefined && path === '/' ? '__Host-sid' : 'sid')
  checkName(name, { secure, domain, path })
  if (sameSite === 'none' && !secure) throw invalid('sameSite', "'none' needs secure: browsers refuse it otherwise")
  if (partitioned && !secure) throw invalid('partitioned', 'needs secure: browsers refuse it otherwise')
  const fixedS =
    typeof lifetime === 'string' && (lifetime === 'browser' || lifetime === 'rolling')
      ? undefined
      : toSeconds(toMs(lifetime, 'cookie.lifetime'))

  const attributes = [
    `; Path=${path}`,
    domain === undefined ? '' : `; Domain=${domain.replace(/^\./, '')}`,
    httpOnly ? '; HttpOnly' : '',
    secure ? '; Secure' : '',
    `; SameSite=${SAME_SITE[sameSite]}`,
    partitioned ? '; Partitioned' : '',
    priority === undefined ? '' : `; Priority=${PRIORITY[priority]}`,
  ].join('')
  const signed = options.keys === undefined ? undefined : signer(name, options.keys)

  return Object.freeze({
    name,
    secure,

    read(header: string | undefined): CookieReading {
      const found = findCookie(header, name)
      if ('reason' in found) return found
      if (signed === undefined) return { sid: found.value, outdated: false }
      return signed.verify(found.value) ?? { reason: 'signature' }
    },

    set(sid: string, idleMs: number): string {
      const value = signed === undefined ? sid : signed.sign(sid)
      const seconds = lifetime === 'rolling' ? toSeconds(idleMs) : fixedS
      return `${name}=${value}${seconds === undefined ? '' : `; Max-Age=${seconds}`}${attributes}`
    },

    clear(): string {
      return `${name}=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT${attributes}`
    },
  })
}

const NAMES = [
  'name',
  'secure',
  'lifetime',
  'path',
  'domain',
  'httpOnly',
  'sameSite',
  'partitioned',
  'priority',
  'keys',
] satisfies (keyof CookieOptions)[]
const SAME_SITE = { lax: 'Lax', strict: 'Strict', none: 'None' }
const PRIORITY = { low: 'Low', medium: 'Medium', high: 'High' }

/** RFC 6265bis section 4.1.3: what a prefix promises, browsers check, whatever its case. */
function checkName(
  name: string,
  { secure, domain, path }: { secure: boolean; domain: string | undefined; path: string },
): void {
  if (typeof name !== 'string' || !TOKEN.test(name) || name.length > LONGEST_NAME) {
    throw invalid('name', 'must be a token: no white space, no separators, not too long')
  }
  const prefix = PREFIXES.find(known => name.toLowerCase().startsWith(known.toLowerCase()))
  if (prefix === undefined) return
  if (!name.startsWith(prefix)) throw invalid('name', `must spell its prefix as ${prefix}`)
  if (!secure) throw invalid('name', `with the prefix ${prefix} needs secure`)
  if (prefix === '__Host-' && domain !== undefined) throw invalid('domain', 'cannot go with a __Host- name')
  if (prefix === '__Host-' && path !== '/') throw invalid('path', "must be '/' with a __Host- name")
}

function toSeconds(ms: number): number {
  return Math.min(Math.max(Math.ceil(ms / 1000), 0), LONGEST_S)
}

function invalid(field: keyof CookieOptions | string, what: string): SessionError {
  return new SessionError('ERR_CONFIG_COOKIE', `The option cookie.${field} ${what}.`, { field: `cookie.${field}` })
}
