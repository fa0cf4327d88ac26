/** The one flat object of `redisSentinelSession`, for every adapter: its own provider, and a manager over it. */
import { createSessionManager, type DefaultData, type Reads, type SessionOptions } from '@sentinel-session/core'
import { type Attachment, SESSION_OPTION_NAMES } from '@sentinel-session/core/internal'
import { type RedisSession, redisSentinelProvider } from './redis-sentinel-provider.ts'

/** Throws `ERR_CONFIG_*` and `ERR_SAVE_PATH_*`. Closing it closes the connection. */
export function attachRedis<T extends object = DefaultData, In = unknown>(
  options: RedisSession<T, In>,
): Attachment<T, Reads<T, In>> {
  const { as = 'session', onEvent, ...rest } = options
  const observer = onEvent === undefined ? {} : { onEvent }
  const entries = Object.entries(rest)
  const isSession = ([name]: [string, unknown]): boolean => SESSION_OPTION_NAMES.includes(name)
  const sessionOptions: SessionOptions<T, In> = Object.fromEntries(entries.filter(isSession))
  const providerOptions = Object.fromEntries(entries.filter(entry => !isSession(entry)))
  // What is left is the connection, the settings and the storage; the provider checks it name by name.
  const provider = redisSentinelProvider({ ...(providerOptions as unknown as RedisSession<T, In>), ...observer })
  const manager = createSessionManager<T, In>({ ...sessionOptions, ...observer, provider })
  return { as, manager, ready: () => manager.ready(), close: () => provider.close() }
}
