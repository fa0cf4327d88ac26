export { findRedisServer } from './sentinel/find-redis-server.ts'
export type { TestNode } from './sentinel/redis-process.ts'
export type { Reply } from './sentinel/resp.ts'
export { type SentinelTrio, type SentinelTrioOptions, startSentinel } from './sentinel/start-sentinel.ts'
