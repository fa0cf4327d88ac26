/** Moving in with the sessions that are there: `@sentinel-session/redis/legacy`. */
export { adoptLegacy, type LegacyOptions } from './legacy/adopt-legacy.ts'
export { type ConnectRedisOptions, connectRedis } from './legacy/connect-redis.ts'
export { type KoaSessionOptions, koaSession } from './legacy/koa-session.ts'
export type { LegacyClient, LegacyCookie, LegacySource } from './legacy/legacy-source.ts'
