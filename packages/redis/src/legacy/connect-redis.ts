/** The rows of connect-redis, and the cookies of express-session above it. */
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

export interface ConnectRedisOptions {
  /** That of the old `RedisStore`. */
  client: LegacyClient
  /** The `secret` of express-session, or all of them. */
  secret: string | readonly string[]
  /** The `name` of express-session. `'connect.sid'`. */
  name?: string
  /** The `prefix` of connect-redis. `'sess:'`. */
  prefix?: string
  cookie?: LegacyCookie
}

/** With the default serializer, which is JSON. Throws `ERR_CONFIG_OPTION`, `ERR_CONFIG_KEYS` and `ERR_CONFIG_COOKIE`. */
export function connectRedis(options: ConnectRedisOptions): LegacySource {
  knownKeys(options, ['client', 'secret', 'name', 'prefix', 'cookie'])
  const { client, name = 'connect.sid', prefix = 'sess:', cookie } = options
  const secrets = secretsOf(options.secret, 'secret')
  return {
    name: 'connect-redis',
    client,
    claimOf(request) {
      const value = decoded(cookieOf(request, name))
      if (value === undefined || !value.startsWith('s:')) return undefined
      const dot = value.lastIndexOf('.')
      const sid = value.slice(2, dot)
      const secret = dot > 2 ? signerOf(sid, value.slice(dot + 1), secrets, sign) : undefined
      return secret === undefined ? undefined : { key: prefix + sid, secret }
    },
    valuesOf(text, now) {
      const { cookie: about, ...values } = objectOf(text) ?? {}
      if (typeof about !== 'object' || about === null) return null
      const { expires } = about as { expires?: unknown }
      return typeof expires === 'string' && Date.parse(expires) <= now ? null : values
    },
    ended: [endOfCookie(name, cookie)],
  }
}

/** As the package cookie-signature does. */
function sign(sid: string, secret: Secret): string {
  return createHmac('sha256', secret).update(sid).digest('base64').replace(/=+$/, '')
}

function decoded(value: string | undefined): string | undefined {
  try {
    return value === undefined ? undefined : decodeURIComponent(value)
  } catch {
    return undefined
  }
}
