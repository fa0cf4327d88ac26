/** The one line: a session middleware with its own Redis Sentinel backend. The only file here that knows Redis. */
import { createSessionManager, type DefaultData, type Reads, type SessionOptions } from '@sentinel-session/core'
import { SESSION_OPTION_NAMES } from '@sentinel-session/core/internal'
import { type RedisSession, redisSentinelProvider } from '@sentinel-session/redis'
import { bind, type KoaSession } from './session.ts'

/**
 * `app.use(redisSentinelSession({ savePath: '10.0.0.1:26379;10.0.0.2:26379,100,secret,0,mymaster' }))`: sessions on Redis behind
 * Sentinel. Takes the options of the connection, the backend, the storage and the session in one flat object, and closes what it
 * opened. Throws `ERR_CONFIG_*` and `ERR_SAVE_PATH_*`. `await middleware.ready()` fails the deploy instead of the first request.
 */
export function redisSentinelSession<T extends object = DefaultData, In = unknown>(
  options: RedisSession<T, In>,
): KoaSession<T, Reads<T, In>> {
  const { as = 'session', onEvent, ...rest } = options
  const observer = onEvent === undefined ? {} : { onEvent }
  const entries = Object.entries(rest)
  const isSession = ([name]: [string, unknown]): boolean => SESSION_OPTION_NAMES.includes(name)
  const sessionOptions: SessionOptions<T, In> = Object.fromEntries(entries.filter(isSession))
  const providerOptions = Object.fromEntries(entries.filter(entry => !isSession(entry)))
  // What is left is the connection, the settings and the storage; the provider checks it name by name.
  const provider = redisSentinelProvider({ ...(providerOptions as unknown as RedisSession<T, In>), ...observer })
  const manager = createSessionManager<T, In>({ ...sessionOptions, ...observer, provider })
  return bind(manager, as, () => provider.close())
}
