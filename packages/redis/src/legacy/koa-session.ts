/** The rows that koa-session keeps in an external store on Redis, such as koa-redis, and its cookies. */
import { createHmac } from 'node:crypto'
import { knownKeys } from '@sentinel-session/core/internal'
import {
  cookieOf,
  endOfCookie,
  type LegacyClient,
  type LegacyCookie,
  type LegacySource,
  objectOf,
  type Secret,
  secretsOf,
  signerOf,
} from './legacy-source.ts'

export interface KoaSessionOptions {
  /** That of the old store. */
  client: LegacyClient
  /** `app.keys`. */
  keys: readonly Secret[]
  /** The `key` of koa-session. `'koa.sess'`. */
  key?: string
  /** What the store itself puts in front of the key that it is given; the `prefix` of koa-session is part of that already. None. */
  prefix?: string
  cookie?: LegacyCookie
}

/** Where the store keeps JSON. Throws `ERR_CONFIG_OPTION`, `ERR_CONFIG_KEYS` and `ERR_CONFIG_COOKIE`. */
export function koaSession(options: KoaSessionOptions): LegacySource {
  knownKeys(options, ['client', 'keys', 'key', 'prefix', 'cookie'])
  const { client, key: name = 'koa.sess', prefix = '', cookie } = options
  const keys = secretsOf(options.keys, 'keys')
  return {
    name: 'koa-session',
    client,
    claimOf(request) {
      const value = cookieOf(request, name)
      const signature = cookieOf(request, `${name}.sig`)
      if (!value || signature === undefined) return undefined
      const secret = signerOf(`${name}=${value}`, signature, keys, sign)
      return secret === undefined ? undefined : { key: prefix + value, secret }
    },
    valuesOf(text, now) {
      const session = objectOf(text)
      if (session === null) return null
      const { _expire, _maxAge, _session, ...values } = session
      return typeof _expire === 'number' && _expire < now ? null : values
    },
    ended: [endOfCookie(name, cookie), endOfCookie(`${name}.sig`, cookie)],
  }
}

/** As the package keygrip does. */
function sign(text: string, key: Secret): string {
  return createHmac('sha1', key).update(text).digest('base64url')
}
