/** The options of the session cookie, and which of their combinations no browser would keep. */
import { type Duration, toMs } from '../duration.ts'
import type { Keyring } from '../keyring.ts'
import { knownKeys } from '../known-keys.ts'
import { cookieError, isCookieName } from './cookie-grammar.ts'
import type { CookieAttributes } from './serialize-cookie.ts'
import { SIGNATURE_LENGTH } from './sign-cookie.ts'

export interface CookieOptions {
  /** `'__Host-sid'`: browsers let no other host set it. `'sid'` with `secure: false`, a domain or another path. */
  name?: string
  /** `true`. `false` is for plain http beyond this machine. */
  secure?: boolean
  /** `'browser'`: no Max-Age. `'rolling'`: follows the idle deadline. At most 400 days. */
  lifetime?: 'browser' | 'rolling' | Duration
  /** `'/'` */
  path?: string
  /** This host only. A domain shares the cookie with all its subdomains. */
  domain?: string
  /** `true`: scripts cannot read it. */
  httpOnly?: boolean
  /** `'lax'`. `'none'` needs `secure`. */
  sameSite?: 'lax' | 'strict' | 'none'
  /** `false`. `true` needs `secure`. */
  partitioned?: boolean
  /** Not sent. Chrome's hint of what to evict first. */
  priority?: 'low' | 'medium' | 'high'
  /** Unsigned. With keys a forged cookie never reaches the backend. */
  keys?: Keyring
}

export interface ResolvedCookieOptions extends CookieAttributes {
  name: string
  lifetime: 'browser' | 'rolling' | { readonly ms: number }
  keys: Keyring | undefined
}

const NAMES: readonly string[] = [
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
]

const SID_LENGTH = 43
/** Room for any sensible name; a longer cookie is a mistake that costs every request. */
const MAX_COOKIE = 512

/** Throws `ERR_CONFIG_COOKIE`, `ERR_CONFIG_DURATION` or, for a key that does not exist, `ERR_CONFIG_OPTION`. */
export function resolveCookieOptions(options: CookieOptions): ResolvedCookieOptions {
  if (typeof options !== 'object' || options === null) throw cookieError('', 'must be an object of options.')
  knownKeys(options, NAMES, 'cookie.')
  const { secure = true, path = '/', domain, httpOnly = true, sameSite = 'lax', partitioned = false } = options
  const { lifetime = 'browser', priority, keys } = options
  const hostOnly = secure && path === '/' && domain === undefined
  const { name = hostOnly ? '__Host-sid' : 'sid' } = options
  for (const [option, value] of Object.entries({ secure, httpOnly, partitioned })) {
    if (typeof value !== 'boolean') throw cookieError(option, 'must be true or false.')
  }
  for (const [option, value] of Object.entries({ name, path, domain: domain ?? '' })) {
    if (typeof value !== 'string') throw cookieError(option, 'must be a text.')
  }
  oneOf('sameSite', sameSite, ['lax', 'strict', 'none'])
  if (priority !== undefined) oneOf('priority', priority, ['low', 'medium', 'high'])
  const resolved: ResolvedCookieOptions = {
    name,
    secure,
    path,
    domain,
    httpOnly,
    sameSite,
    partitioned,
    priority,
    lifetime: lifetime === 'browser' || lifetime === 'rolling' ? lifetime : { ms: toMs(lifetime, 'cookie.lifetime') },
    keys,
  }
  refuseImpossible(resolved)
  return resolved
}

/** RFC 6265bis, section 5.7: in each of these cases browsers drop the cookie without a word. */
function refuseImpossible({ name, secure, path, domain, sameSite, partitioned, keys }: ResolvedCookieOptions): void {
  if (!isCookieName(name)) throw cookieError('name', "must be a token of RFC 9110: letters, digits and !#$%&'*+-.^_`|~")
  const signature = keys === undefined ? 0 : SIGNATURE_LENGTH + 1
  if (name.length + SID_LENGTH + signature > MAX_COOKIE) throw cookieError('name', 'is too long.')
  if (sameSite === 'none' && !secure) throw cookieError('sameSite', "'none' needs secure: true.")
  if (partitioned && !secure) throw cookieError('partitioned', 'needs secure: true.')
  const prefix = prefixOf(name)
  if (prefix === undefined) return
  if (!name.startsWith(prefix)) throw cookieError('name', `begins with ${prefix} in other letters.`)
  if (!secure) throw cookieError('secure', `must be true for a name that begins with ${prefix}`)
  if (prefix !== '__Host-') return
  if (domain !== undefined) throw cookieError('domain', 'must be left out for a name that begins with __Host-')
  if (path !== '/') throw cookieError('path', 'must be "/" for a name that begins with __Host-')
}

/** Browsers recognise prefixes in any letter case, and keep only the exact ones. */
function prefixOf(name: string): '__Host-' | '__Secure-' | undefined {
  const lower = name.toLowerCase()
  if (lower.startsWith('__host-')) return '__Host-'
  return lower.startsWith('__secure-') ? '__Secure-' : undefined
}

function oneOf(option: string, value: unknown, allowed: readonly unknown[]): void {
  if (!allowed.includes(value)) throw cookieError(option, `must be one of: ${allowed.join(', ')}.`)
}
