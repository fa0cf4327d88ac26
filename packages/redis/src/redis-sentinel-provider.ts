/** The provider that Beego calls `redis_sentinel`. */
import {
  type AdapterOptions,
  type BackendEvent,
  createProvider,
  type DefaultData,
  type Layout,
  type Observer,
  type Provider,
  type SessionOptions,
  type StorageOptions,
} from '@sentinel-session/core'
import { deferredProvider, STORAGE_OPTION_NAMES } from '@sentinel-session/core/internal'
import type {
  Connection,
  ObservedConnection,
  RedisBackendOptions,
  RedisProviderName,
  RedisSettings,
} from './options.ts'
import { backendOf, type RedisBackend } from './redis-backend.ts'
import type { RedisReport } from './redis-report.ts'

export interface RedisProvider extends Provider {
  readonly backend: RedisBackend
  /** See `RedisBackend.report`. */
  report(): RedisReport
}

/** `layout` says how sids look, and one that is shared with another program how records are kept, too. */
export type RedisProviderOptions = ObservedConnection & StorageOptions

/**
 * Sessions on Redis behind Sentinel, or on a Redis Cluster, for any number of managers: who makes it closes it. Without options
 * `sessionInit` says where Redis is, as in Beego, and until then all else fails with `ERR_CONFIG_CONNECTION`. Throws what `redisBackend`
 * and `createProvider` throw.
 */
export function redisSentinelProvider(options?: RedisProviderOptions): RedisProvider {
  return options === undefined ? initiatedProvider('redis_sentinel', {}) : connectedProvider('redis_sentinel', options)
}

/** One of Beego's providers of Redis, whose save path comes with `sessionInit`. */
export function initiatedProvider(
  name: RedisProviderName,
  storage: StorageOptions,
  onEvent?: Observer<BackendEvent>,
): RedisProvider {
  const options = onEvent === undefined ? storage : { ...storage, onEvent }
  const provider = deferredProvider(savePath => connectedProvider(name, { savePath, ...options })) as RedisProvider
  return Object.assign(provider, { report: () => provider.backend.report() })
}

function connectedProvider(name: RedisProviderName, options: RedisProviderOptions): RedisProvider {
  const { backend: backendOptions, storage } = split(options)
  const { keyPrefix = backendOptions.layout === undefined ? 'sess:' : '' } = storage
  const backend = backendOf(name, backendOptions, keyPrefix)
  return Object.assign(createProvider(backend, storage), { report: () => backend.report() })
}

function split(options: RedisProviderOptions): {
  backend: RedisBackendOptions
  storage: StorageOptions
} {
  const entries = Object.entries(options)
  const isStorage = ([name]: [string, unknown]): boolean => STORAGE_OPTION_NAMES.includes(name)
  const backend = Object.fromEntries(entries.filter(entry => !isStorage(entry))) as unknown as RedisBackendOptions
  const { layout } = options
  return {
    storage: Object.fromEntries(entries.filter(isStorage)),
    // One that says only how a sid looks is no business of the backend.
    backend: layout?.revisionIn === 'digest' ? { ...backend, layout: layout as Layout } : backend,
  }
}

/** What `redisSentinelSession` of every adapter takes: one flat object. */
export type RedisSession<T extends object = DefaultData, In = unknown> = AdapterOptions &
  SessionOptions<T, In> &
  StorageOptions &
  RedisSettings &
  Connection
