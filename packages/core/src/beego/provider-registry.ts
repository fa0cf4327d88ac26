/** Providers by name, as Beego's Register keeps them. A factory each, so that managers share nothing by accident. */
import { SessionError } from '../errors.ts'
import type { BackendEvent, Observer } from '../events.ts'
import { memoryBackend } from '../memory-backend.ts'
import { createProvider, type Provider } from '../provider.ts'
import type { StorageOptions } from '../storage.ts'

/**
 * Makes a provider whose records look as told. `sessionInit`, with the save path of the config, comes next. `onEvent` is that of the manager,
 * if it has one: what a backend has to tell goes there too.
 */
export type ProviderFactory = (storage: StorageOptions, onEvent?: Observer<BackendEvent>) => Provider

const factories = new Map<string, ProviderFactory>([['memory', storage => createProvider(memoryBackend(), storage)]])

/**
 * Makes a name known to `newManager`; `memory` is known already, and `import '@sentinel-session/redis/register'` adds `redis_sentinel`
 * and `redis`. A name that is known gets the new factory. Throws `ERR_CONFIG_PROVIDER` for an empty name or what is no function.
 *
 * @example
 * registerProvider('redis_sentinel', storage => redisSentinelProvider({ ...storage, sentinels, tls: true }))
 */
export function registerProvider(name: string, create: ProviderFactory): void {
  if (typeof name !== 'string' || name === '') {
    throw new SessionError('ERR_CONFIG_PROVIDER', 'A provider needs a name.', { field: 'name' })
  }
  if (typeof create !== 'function') {
    throw new SessionError('ERR_CONFIG_PROVIDER', `The provider ${name} must be a function.`, { field: 'create' })
  }
  factories.set(name, create)
}

/** Throws `ERR_CONFIG_PROVIDER` for a name that nobody registered. */
export function factoryOf(name: string): ProviderFactory {
  const create = factories.get(name)
  if (create !== undefined) return create
  const message =
    `There is no provider of this name. Known: ${[...factories.keys()].join(', ')}. ` +
    "Those of Redis come with: import '@sentinel-session/redis/register'."
  throw new SessionError('ERR_CONFIG_PROVIDER', message, { field: 'name' })
}
