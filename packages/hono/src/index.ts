export * from './edge.ts'
export { redisSentinelSession } from './redis-sentinel-session.ts'
