export type * from '@sentinel-session/core'
export { redisSentinelSession } from './redis-sentinel-session.ts'
export { type KoaSession, type SessionContext, session } from './session.ts'
