/** A provider that does not know yet where its sessions live: `sessionInit` says it, as in Beego. */
import { SessionError } from './errors.ts'
import { type Provider, STORAGE, storageOf } from './provider.ts'

/** `connect` makes the provider of a save path. Before `sessionInit` all else fails with `ERR_CONFIG_CONNECTION`. */
export function deferredProvider(connect: (savePath: string) => Provider): Provider {
  let made: Provider | undefined
  const provider = (): Provider => {
    if (made !== undefined) return made
    const message = 'The provider does not know its store yet: sessionInit(maxLifetime, savePath) comes first.'
    throw new SessionError('ERR_CONFIG_CONNECTION', message, { field: 'savePath' })
  }
  const deferred: Provider & { readonly [STORAGE]: unknown } = {
    get [STORAGE]() {
      return storageOf(provider())
    },
    get backend() {
      return provider().backend
    },
    async sessionInit(maxLifetime, savePath) {
      // Once connected, the provider says what it makes of another save path.
      if (made !== undefined) return made.sessionInit(maxLifetime, savePath)
      made = connect(savePath)
      await made.sessionInit(maxLifetime, '')
    },
    sessionRead: async sid => provider().sessionRead(sid),
    sessionExist: async sid => provider().sessionExist(sid),
    sessionRegenerate: async (oldSid, sid) => provider().sessionRegenerate(oldSid, sid),
    sessionDestroy: async sid => provider().sessionDestroy(sid),
    sessionAll: async () => provider().sessionAll(),
    sessionGC: async () => provider().sessionGC(),
    ready: async () => provider().ready(),
    close: async () => made?.close(),
  }
  return deferred
}
