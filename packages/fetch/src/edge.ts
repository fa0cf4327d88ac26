/** The package without `redisSentinelSession`: for Workers and browsers' bundlers, which never reach ioredis from here. */
export type * from '@sentinel-session/core'
export { exchange } from './exchange.ts'
export { type FetchOptions, type FetchSession, session } from './session.ts'
