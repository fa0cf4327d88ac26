export type { Failover, Status } from './health.ts'
export type { ShardReport } from './link.ts'
export type {
  Access,
  Connection,
  Credentials,
  JournalOptions,
  RedisBackendOptions,
  RedisSettings,
  Ways,
} from './options.ts'
export type { Acknowledge } from './quorum.ts'
export { type RedisBackend, type RedisReport, redisBackend } from './redis-backend.ts'
export { type RedisProvider, type RedisSession, redisSentinelProvider } from './redis-sentinel-provider.ts'
export type { Address } from './topology.ts'
export type { RedisWarning, Warning } from './warnings.ts'
