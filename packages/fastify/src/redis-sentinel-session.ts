/** The one line: a session plugin with its own Redis Sentinel backend. The only file here that knows Redis. */
import type { DefaultData } from '@sentinel-session/core'
import type { RedisSession } from '@sentinel-session/redis'
import { attachRedis } from '@sentinel-session/redis/internal'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import plugin from 'fastify-plugin'
import { install } from './session.ts'

/**
 * `await app.register(redisSentinelSession, { savePath: '10.0.0.1:26379;10.0.0.2:26379,100,secret,0,mymaster' })`: sessions on Redis
 * behind Sentinel. Takes the options of the connection, the backend, the storage and the session in one flat object. Connected when it is
 * registered, or rejects with the `ERR_BACKEND_*` that says why not; closed with the app. Throws `ERR_CONFIG_*` and `ERR_SAVE_PATH_*`.
 */
export const redisSentinelSession: FastifyPluginAsync<RedisSession<DefaultData, unknown>> = plugin(
  async (app: FastifyInstance, options: RedisSession<DefaultData, unknown>) => install(app, attachRedis(options)),
  { name: 'sentinel-session-redis', fastify: '5.x' },
)
