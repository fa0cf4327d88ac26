/** What a save path says: where sessions live, in whichever form it was written. */
import { SessionError } from '../errors.ts'

/** Beego's `DefaultPoolSize`. A ceiling: connections open on demand. */
export const DefaultPoolSize = 100

/** Beego's default name of the monitored primary. */
export const DEFAULT_MASTER_NAME = 'mymaster'

export interface Address {
  host: string
  port: number
}

interface Common {
  poolSize: number
  db: number
  username?: string
  /** Not enumerable: printing or serialising a save path does not show it. */
  password?: string
  /** To the data nodes. */
  tls: boolean
  connectionIdleTimeoutMs?: number
  /** Read, and used nowhere, as in Beego. */
  idleCheckFrequencyMs?: number
  maxRetries?: number
}

export type SavePath = Common &
  (
    | { topology: 'sentinel'; sentinels: readonly Address[]; masterName: string }
    | { topology: 'standalone' | 'cluster'; nodes: readonly Address[] }
  )

/** Frozen, and with the password out of sight. */
export function sealed(path: SavePath): SavePath {
  const { password, ...shown } = path
  const result = shown as SavePath
  if (password !== undefined && password !== '') Object.defineProperty(result, 'password', { value: password })
  return Object.freeze(result)
}

/** No part of the input is repeated: any of it may be a password. */
export function fieldError(field: string, what: string): SessionError {
  return new SessionError('ERR_SAVE_PATH_FIELD', `The save path's ${field} ${what}.`, { field })
}
