/** Beego's Provider: its verbs over a Backend. Write a Backend, never a Provider. */
import { type Backend, can } from './backend.ts'
import { systemClock } from './clock.ts'
import { endSession } from './end-session.ts'
import { isSessionError, SessionError } from './errors.ts'
import { type Found, findSession, isOver } from './find-session.ts'
import { type Policy, resolvePolicy } from './options.ts'
import { liveOrigin, type Origin } from './origin.ts'
import { Session } from './session.ts'
import type { SessionStore } from './session-store.ts'
import { asStored } from './shape.ts'
import { Storage, type StorageOptions } from './storage.ts'
import type { Surroundings } from './surroundings.ts'

export interface Provider {
  /** Seconds that a session lives without a request, from now on. Connects, or rejects with the reason. */
  sessionInit(maxLifetime: number, savePath: string): Promise<void>
  /** The session of a sid. Unknown, expired, ended or malformed: a new session with a fresh sid (Beego's strict mode). */
  sessionRead(sid: string): Promise<SessionStore>
  /** False: absent, expired, ended or malformed. */
  sessionExist(sid: string): Promise<boolean>
  /** Gives the session of `oldSid` the sid `sid`. Without an old session, an empty one is stored under `sid`, as Beego does. */
  sessionRegenerate(oldSid: string, sid: string): Promise<SessionStore>
  /** Ends it for good. A sid that is not there is not an error. */
  sessionDestroy(sid: string): Promise<void>
  /**
   * How many sessions live under the key prefix, and under longer ones that begin with it. `ERR_CONFIG_CAPABILITY` where the backend
   * cannot count.
   */
  sessionAll(): Promise<number>
  /** Nothing to do: expiry is the backend's. */
  sessionGC(): Promise<void>
  readonly backend: Backend
  ready(): Promise<void>
  close(): Promise<void>
}

/** How the manager finds the storage behind a provider, across two copies of this package too. */
export const STORAGE: unique symbol = Symbol.for('sentinel-session.storage')

/** Binds a backend, a codec and a key prefix. Throws `ERR_CONFIG_OPTION`. */
export function createProvider<B extends Backend>(
  backend: B,
  options: StorageOptions = {},
): Provider & { readonly backend: B } {
  return new BackendProvider(new Storage(backend, options)) as unknown as Provider & { readonly backend: B }
}

/** Throws `ERR_CONFIG_OPTION` for an object that `createProvider` did not make. */
export function storageOf(provider: Provider): Storage {
  const storage = (provider as { readonly [STORAGE]?: Storage })[STORAGE]
  if (storage === undefined) {
    const message = 'provider must come from createProvider(backend) or redisSentinelProvider(options).'
    throw new SessionError('ERR_CONFIG_OPTION', message, { field: 'provider' })
  }
  return storage
}

class BackendProvider implements Provider {
  readonly [STORAGE]: Storage
  #policy: Policy = resolvePolicy({})

  constructor(storage: Storage) {
    this[STORAGE] = storage
  }

  get backend(): Backend {
    return this[STORAGE].backend
  }

  async sessionInit(maxLifetime: number, savePath: string): Promise<void> {
    if (savePath !== '') {
      const message = 'This provider is connected already: savePath must be empty.'
      throw new SessionError('ERR_CONFIG_OPTION', message, { field: 'savePath' })
    }
    this.#policy = resolvePolicy({ timeouts: { idle: maxLifetime } })
    await this.ready()
  }

  async sessionRead(sid: string): Promise<SessionStore> {
    return new Session(this.#around(), await this.#origin(sid))
  }

  async sessionExist(sid: string): Promise<boolean> {
    return (await this.#read(sid)) !== null
  }

  async sessionRegenerate(oldSid: string, sid: string): Promise<SessionStore> {
    const storage = this[STORAGE]
    if (!storage.layout.acceptsSid(sid)) {
      throw new SessionError('ERR_CONFIG_OPTION', 'The new sid is not well formed.', { field: 'sid' })
    }
    // The pair of create and retire leaves at once: with a taken sid the old session would end, and have no successor.
    if (await this.sessionExist(sid)) throw new SessionError('ERR_SESSION_CONFLICT', 'The new sid was taken already.')
    const session = new Session(this.#around(), await this.#origin(oldSid))
    await Session.moveTo(session, sid)
    return session
  }

  async sessionDestroy(sid: string): Promise<void> {
    const storage = this[STORAGE]
    if (!storage.layout.acceptsSid(sid)) return
    const now = systemClock.now()
    const found = await findSession(storage, sid, now, {}).catch((error: unknown) => {
      if (isSessionError(error, 'ERR_RECORD_MALFORMED')) return null
      throw error
    })
    const key = await storage.keyOf(sid)
    const isFound = found !== null && found !== 'retired'
    if (isFound) await endSession(storage, found.key, found.record, {}, now)
    if (!isFound || found.key !== key) await storage.backend.end(key, { kind: 'destroyed' })
  }

  async sessionAll(): Promise<number> {
    const { backend, keyPrefix } = this[STORAGE]
    if (can(backend, 'enumerable')) return backend.count(keyPrefix)
    throw new SessionError('ERR_CONFIG_CAPABILITY', 'This backend cannot count its sessions.')
  }

  async sessionGC(): Promise<void> {}

  ready(): Promise<void> {
    return this.backend.ready()
  }

  close(): Promise<void> {
    return this.backend.close()
  }

  #around(): Surroundings {
    return { storage: this[STORAGE], policy: this.#policy, shape: asStored, clock: systemClock, call: {} }
  }

  /** Null for what is absent, ended or past its absolute deadline. */
  async #read(sid: string): Promise<Found | null> {
    const storage = this[STORAGE]
    if (!storage.layout.acceptsSid(sid)) return null
    const now = systemClock.now()
    const found = await findSession(storage, sid, now, {})
    if (found === null || found === 'retired') return null
    return isOver(found.record, this.#policy, now) ? null : found
  }

  async #origin(sid: string): Promise<Origin> {
    const found = await this.#read(sid)
    return found === null ? { status: 'new' } : liveOrigin(sid, found, asStored)
  }
}
