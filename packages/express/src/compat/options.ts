/** The options of express-session, read once. */
import type { IncomingMessage } from 'node:http'
import { createProvider, type Duration, memoryBackend, type Provider, SessionError } from '@sentinel-session/core'
import { knownKeys } from '@sentinel-session/core/internal'
import { Cookie, type CookieOptions } from './cookie.ts'
import { expressLayout } from './sid-layout.ts'
import { createSigner, type Signer } from './signed-sid.ts'

export interface SessionOptions {
  /** The first signs, all verify. Required. */
  secret: string | readonly string[]
  /** Where sessions are: `redisSentinelProvider({ …, layout: expressLayout })`. In this process' memory. You close it. */
  store?: Provider
  /** `'connect.sid'` */
  name?: string
  cookie?: CookieOptions
  /** Makes the sids, and needs a store with `expressLayout`. 32 random bytes. */
  genid?: (req: IncomingMessage) => string
  /** The cookie is set with every response. False. */
  rolling?: boolean
  /** Accepted for the sake of express-session: what has not changed is never written again. */
  resave?: boolean
  /** False: a session that nothing was put into is not stored, and sets no cookie. True. */
  saveUninitialized?: boolean
  /** `'destroy'`: a session that was taken from the request ends with it. `'keep'`. */
  unset?: 'destroy' | 'keep'
  /** `X-Forwarded-Proto` tells of TLS. As Express trusts its proxy. */
  proxy?: boolean
  /** How long a session lives in the store without a request. `cookie.maxAge`; a day where that is none. */
  idle?: Duration
}

export interface Settings {
  name: string
  signer: Signer
  provider: Provider
  idle: Duration
  path: string
  newCookie(isSecure: boolean): Cookie
  newSid: SessionOptions['genid']
  rolling: boolean
  saveUninitialized: boolean
  unsetDestroys: boolean
  isSecure(req: IncomingMessage): boolean
}

const NAMES = [
  'secret',
  'store',
  'name',
  'cookie',
  'genid',
  'rolling',
  'resave',
  'saveUninitialized',
  'unset',
  'proxy',
  'idle',
]

/** Throws `ERR_CONFIG_OPTION`. */
export function settingsOf(options: SessionOptions): Settings {
  knownKeys(options, NAMES)
  const { secret, store, name = 'connect.sid', cookie = {}, genid, rolling = false, saveUninitialized = true } = options
  const secrets = typeof secret === 'string' ? [secret] : (secret ?? [])
  if (secrets.length === 0 || secrets.some(each => each === '')) refuse('secret', 'is required')
  if (genid !== undefined && typeof genid !== 'function') refuse('genid', 'must be a function')
  if (!['destroy', 'keep', undefined].includes(options.unset)) refuse('unset', "must be 'destroy' or 'keep'")
  return {
    name,
    signer: createSigner(secrets),
    provider: store ?? createProvider(memoryBackend(), { layout: expressLayout }),
    idle: options.idle ?? (cookie.maxAge ? cookie.maxAge / 1000 : '1d'),
    path: cookie.path ?? '/',
    newCookie: isSecure => {
      const made = new Cookie(cookie)
      if (made.secure === 'auto') made.secure = isSecure
      if (made.sameSite === 'auto') made.sameSite = isSecure ? 'none' : 'lax'
      return made
    },
    newSid: genid,
    rolling,
    saveUninitialized,
    unsetDestroys: options.unset === 'destroy',
    isSecure: req => isSecure(req, options.proxy),
  }
}

function isSecure(req: IncomingMessage & { secure?: boolean }, proxy: boolean | undefined): boolean {
  if ((req.socket as { encrypted?: boolean }).encrypted === true) return true
  if (proxy === undefined) return req.secure === true
  const told = proxy ? req.headers['x-forwarded-proto'] : undefined
  return (
    String(told ?? '')
      .split(',', 1)[0]!
      .trim()
      .toLowerCase() === 'https'
  )
}

function refuse(field: string, why: string): never {
  throw new SessionError('ERR_CONFIG_OPTION', `${field} ${why}.`, { field })
}
