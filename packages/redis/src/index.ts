export type { Failover, Status } from './health.ts'
export type { ShardReport } from './link.ts'
export type {
  Access,
  Connection,
  Credentials,
  JournalOptions,
  NearCacheOptions,
  RedisBackendOptions,
  RedisSettings,
  Ways,
} from './options.ts'
export type { Acknowledge } from './quorum.ts'
export { type RedisBackend, redisBackend } from './redis-backend.ts'
export type { RedisReport } from './redis-report.ts'
export { type RedisProvider, type RedisSession, redisSentinelProvider } from './redis-sentinel-provider.ts'
export type { Address } from './topology.ts'
export type { RedisWarning, Warning } from './warnings.ts'
