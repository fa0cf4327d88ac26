export type * from '@sentinel-session/core'
export { type ExchangeContext, exchange } from './exchange.ts'
export { redisSentinelSession } from './redis-sentinel-session.ts'
export { type KoaSession, type SessionContext, session } from './session.ts'
