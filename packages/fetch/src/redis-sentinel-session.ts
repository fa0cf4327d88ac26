/** The one line: sessions around Fetch handlers with their own Redis Sentinel backend. The only file here that knows Redis. */
import type { DefaultData, ProxyOptions, Reads } from '@sentinel-session/core'
import { forAllRequests } from '@sentinel-session/core/internal'
import type { RedisSession } from '@sentinel-session/redis'
import { attachRedis } from '@sentinel-session/redis/internal'
import { type FetchSession, wrapper } from './session.ts'

/**
 * `const withSession = redisSentinelSession({ savePath: '10.0.0.1:26379;10.0.0.2:26379,100,secret,0,mymaster' })`: sessions on Redis
 * behind Sentinel, on Node, Bun and Deno. Takes the options of the connection, the backend, the storage and the session in one flat object,
 * and closes what it opened. Throws `ERR_CONFIG_*` and `ERR_SAVE_PATH_*`. `await withSession.ready()` fails the deploy instead of the first request.
 */
export function redisSentinelSession<T extends object = DefaultData, In = unknown>({
  trustProxy = false,
  ...options
}: RedisSession<T, In> & ProxyOptions): FetchSession<T, Reads<T, In>> {
  return wrapper(forAllRequests(attachRedis<T, In>(options as unknown as RedisSession<T, In>)), { trustProxy })
}
