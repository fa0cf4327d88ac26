/** What a save path says: where sessions live, in whichever form it was written. */
import { SessionError } from '../errors.ts'

/** Beego's `DefaultPoolSize`, in connections. A ceiling: connections open on demand. Beego's is a variable, this is not. */
export const DefaultPoolSize = 100

/** Beego's default name of the monitored primary. */
export const DEFAULT_MASTER_NAME = 'mymaster'

/** Where a server listens. An IPv6 address stands without its brackets. */
export interface Address {
  host: string
  port: number
}

interface Common {
  /** The most connections to the primary. 100. */
  poolSize: number
  /** Logical database. 0, and always 0 in a cluster. */
  db: number
  /** ACL user of the data nodes. Absent: Redis' `default`. Only a URL can say it. */
  username?: string
  /**
   * Of the data nodes. Absent: none. Reading it gives it; printing, serialising or copying the save path leaves it out, so hand on
   * the object itself.
   */
  password?: string
  /** TLS to the data nodes. False. Only a URL can say it. */
  tls: boolean
  /** After this long without use a connection closes. Absent: the backend's default. */
  connectionIdleTimeoutMs?: number
  /** Read, and used nowhere, as in Beego. */
  idleCheckFrequencyMs?: number
  /** How often a command is tried again; 0 is never. Absent: the default. Read for a caller who wants it: this library retries by time. */
  maxRetries?: number
}

/** The servers: Sentinels (port 26379) and whom to ask them for, or the data nodes (port 6379), of which `'standalone'` has one. */
export type Servers =
  | { topology: 'sentinel'; sentinels: readonly Address[]; masterName: string }
  | { topology: 'standalone' | 'cluster'; nodes: readonly Address[] }

/** Frozen. */
export type SavePath = Common & Servers

const INSPECT = Symbol.for('nodejs.util.inspect.custom')

/** Frozen, and with the password out of sight: no enumerable property, so that JSON, `Object.values` and loggers pass it over. */
export function sealed(path: SavePath): SavePath {
  const { password, ...shown } = path
  const result = shown as SavePath
  if (password !== undefined && password !== '') {
    // A getter, because `util.inspect` with `showHidden` prints the values of hidden properties.
    Object.defineProperty(result, 'password', { get: () => password })
    Object.defineProperty(result, INSPECT, { value: () => ({ ...shown, password: '[hidden]' }) })
  }
  return Object.freeze(result)
}

/** No part of the input is repeated: any of it may be a password. */
export function fieldError(field: string, what: string): SessionError {
  return new SessionError('ERR_SAVE_PATH_FIELD', `The save path's ${field} ${what}.`, { field })
}
