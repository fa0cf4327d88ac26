import './globals.ts'

export type * from '@sentinel-session/core'
export { exchange } from './exchange.ts'
export { redisSentinelSession } from './redis-sentinel-session.ts'
export { type ExpressSession, session } from './session.ts'
