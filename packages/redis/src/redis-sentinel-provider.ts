/** The provider that Beego calls `redis_sentinel`. */
import {
  type AdapterOptions,
  createProvider,
  type DefaultData,
  type Provider,
  type SessionOptions,
  type StorageOptions,
} from '@sentinel-session/core'
import { STORAGE_OPTION_NAMES } from '@sentinel-session/core/internal'
import type { Connection, RedisBackendOptions, RedisSettings } from './options.ts'
import { type RedisBackend, type RedisReport, redisBackend } from './redis-backend.ts'

export interface RedisProvider extends Provider {
  readonly backend: RedisBackend
  /** See `RedisBackend.report`. */
  report(): RedisReport
}

/**
 * Sessions on Redis behind Sentinel, for any number of managers: who makes it closes it. Throws what `redisBackend` and
 * `createProvider` throw.
 */
export function redisSentinelProvider(options: RedisBackendOptions & StorageOptions): RedisProvider {
  const { backend: backendOptions, storage } = split(options)
  const backend = redisBackend(backendOptions)
  return Object.assign(createProvider(backend, storage), { report: () => backend.report() })
}

function split(options: RedisBackendOptions & StorageOptions): {
  backend: RedisBackendOptions
  storage: StorageOptions
} {
  const entries = Object.entries(options)
  const isStorage = ([name]: [string, unknown]): boolean => STORAGE_OPTION_NAMES.includes(name)
  return {
    storage: Object.fromEntries(entries.filter(isStorage)),
    backend: Object.fromEntries(entries.filter(entry => !isStorage(entry))) as unknown as RedisBackendOptions,
  }
}

/** What `redisSentinelSession` of every adapter takes: one flat object. */
export type RedisSession<T extends object = DefaultData, In = unknown> = AdapterOptions &
  SessionOptions<T, In> &
  StorageOptions &
  RedisSettings &
  Connection
