/** Where another library keeps its sessions, and how it signs its cookies. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { type RequestFacts, SessionError } from '@sentinel-session/core'
import { findCookie, serializeAttributes, serializeEnd } from '@sentinel-session/core/internal'

/** `connectRedis(…)` or `koaSession(…)`. */
export interface LegacySource {
  /** Told from others: two sources may have the same keys. */
  readonly name: string
  readonly client: LegacyClient
  /** What a request claims to have, if the old library has signed it. Undefined otherwise: then nobody is asked. */
  claimOf(request: RequestFacts): Claim | undefined
  /** The values of a stored text, without what the library itself keeps. Null: it has expired, or is not of this library. */
  valuesOf(text: string, now: number): Record<string, unknown> | null
  /** Set-Cookie values that delete its cookies. */
  readonly ended: readonly string[]
}

/** The part of an ioredis or node-redis client that is needed. It is that of the old store, and yours to close. */
export interface LegacyClient {
  get(key: string): Promise<string | null>
  del(key: string): Promise<unknown>
}

export interface Claim {
  /** Of the row. */
  readonly key: string
  /** Which verified the signature. */
  readonly secret: Secret
}

export type Secret = string | Uint8Array

/** Where the old cookie was set: it can only be deleted there. */
export interface LegacyCookie {
  /** `'/'`. */
  path?: string
  /** None. */
  domain?: string
}

/** The value of a cookie that was sent once. */
export function cookieOf(request: RequestFacts, name: string): string | undefined {
  const found = findCookie(request.header('cookie'), name)
  return 'value' in found ? found.value : undefined
}

/** Throws `ERR_CONFIG_COOKIE`. */
export function endOfCookie(name: string, { path = '/', domain }: LegacyCookie = {}): string {
  const secure = name.startsWith('__')
  const attributes = { path, domain, httpOnly: true, secure, sameSite: undefined, partitioned: false }
  return serializeEnd(name, serializeAttributes(attributes))
}

/** The secret that signed it, if one did. All are tried, so that the time does not tell which one. */
export function signerOf(
  text: string,
  signature: string,
  secrets: readonly Secret[],
  sign: (text: string, secret: Secret) => string,
): Secret | undefined {
  const given = createHmac('sha256', '').update(signature).digest()
  const fits = secrets.filter(secret =>
    timingSafeEqual(createHmac('sha256', '').update(sign(text, secret)).digest(), given),
  )
  return fits[0]
}

/** Throws `ERR_CONFIG_KEYS`: what nobody signed is never taken over. */
export function secretsOf(given: Secret | readonly Secret[] | undefined, field: string): readonly Secret[] {
  const secrets = typeof given === 'string' || given instanceof Uint8Array ? [given] : [...(given ?? [])]
  if (secrets.length > 0 && secrets.every(secret => secret?.length > 0)) return secrets
  throw new SessionError('ERR_CONFIG_KEYS', `${field} must be what the old cookies were signed with.`, { field })
}

/** An object of a JSON text; null for anything else. */
export function objectOf(text: string): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}
