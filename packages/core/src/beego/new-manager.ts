/** Beego's way to make a manager: the name of a provider, and a ManagerConfig. */
import { systemClock } from '../clock.ts'
import { isSessionError, SessionError } from '../errors.ts'
import { notify, type Observer, type SessionEvent } from '../events.ts'
import { knownKeys } from '../known-keys.ts'
import { type Manager, SessionManager } from '../manager.ts'
import { resolvePolicy, SESSION_OPTION_NAMES, type SessionOptions, type TimeoutOptions } from '../options.ts'
import type { Provider } from '../provider.ts'
import type { DefaultData, Reads } from '../session-store.ts'
import { createShape } from '../shape.ts'
import { STORAGE_OPTION_NAMES, type StorageOptions } from '../storage.ts'
import { beegoSids } from './beego-sids.ts'
import { beegoTransport } from './beego-transport.ts'
import { type ManagerConfig, readManagerConfig } from './manager-config.ts'
import { factoryOf } from './provider-registry.ts'

/** What Beego's config cannot say. Cookie, header and idle timeout are said there. `timeouts.absolute` is `'none'` here, as in Beego. */
export type BeyondConfig<T extends object = DefaultData, In = unknown> = Omit<
  SessionOptions<T, In>,
  'cookie' | 'header' | 'timeouts'
> &
  StorageOptions & { timeouts?: Omit<TimeoutOptions, 'idle'> }

const SAID_BY_CONFIG = ['cookie', 'header']
const SESSION_NAMES = SESSION_OPTION_NAMES.filter(name => !SAID_BY_CONFIG.includes(name))

/** The longest delay of a timer; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * Resolves when the provider has connected. `config` is an object or Beego's JSON text. The manager closes its provider.
 *
 * Rejects with `ERR_CONFIG_PROVIDER` for an unknown name, with `ERR_CONFIG_OPTION`, `ERR_CONFIG_SCHEMA`, `ERR_CONFIG_COOKIE` or `ERR_CONFIG_DURATION` for a config
 * that cannot work, and with what the provider's `sessionInit` rejects with, such as `ERR_SAVE_PATH_*` or `ERR_BACKEND_*`.
 *
 * @example
 * import '@sentinel-session/redis/register'
 * const manager = await newManager('redis_sentinel', {
 *   cookieName: 'gosessionid', enableSetCookie: true, gclifetime: 3600, providerConfig: '127.0.0.1:26379,100,,0,mymaster'
 * })
 */
export async function newManager<T extends object = DefaultData, In = unknown>(
  name: 'redis_sentinel' | 'redis' | 'memory' | (string & {}),
  config: ManagerConfig | string,
  more: BeyondConfig<T, In> = {},
): Promise<Manager<T, Reads<T, In>>> {
  const resolved = readManagerConfig(config)
  const create = factoryOf(name)
  const { session, storage } = split(more)
  const { sessionIDLength, sessionIDPrefix } = resolved
  const sids = beegoSids(sessionIDLength, sessionIDPrefix)
  const { layout = sids } = storage
  if (layout.revisionIn === 'digest' && !sids.acceptsSid(layout.newSid())) {
    const message = 'layout must make sids of this length and prefix.'
    throw new SessionError('ERR_CONFIG_OPTION', message, { field: 'layout' })
  }
  const transport = (secure = resolved.secure) =>
    beegoTransport({ ...resolved, secure: requireBoolean(secure) }, text => layout.acceptsSid(text))
  // Throws what cannot work before anything is opened.
  transport()
  const timeouts = { absolute: 'none', ...more.timeouts, idle: resolved.maxLifetime } as const
  const policy = resolvePolicy<T, In>({ ...session, timeouts })
  const shape = createShape(session.schema, session.migrate)

  const provider = create({ ...storage, layout }, policy.onEvent)
  try {
    await provider.sessionInit(resolved.maxLifetime, resolved.providerConfig)
    let stop = (): void => undefined
    const close = async (): Promise<void> => {
      stop()
      await provider.close()
    }
    const manager = new SessionManager<T, Reads<T, In>>({
      provider,
      close,
      policy,
      shape,
      transport,
      clock: systemClock,
    })
    stop = collectEvery(resolved.gclifetime, provider, policy.onEvent)
    return manager
  } catch (error) {
    await provider.close()
    throw error
  }
}

function split<T extends object, In>(
  more: BeyondConfig<T, In>,
): { session: SessionOptions<T, In>; storage: StorageOptions } {
  knownKeys(more, [...SESSION_NAMES, ...STORAGE_OPTION_NAMES])
  knownKeys(more.timeouts ?? {}, ['absolute', 'touchInterval', 'renewal'], 'timeouts.')
  const entries = Object.entries(more)
  return {
    session: Object.fromEntries(entries.filter(([name]) => SESSION_NAMES.includes(name))),
    storage: Object.fromEntries(entries.filter(([name]) => STORAGE_OPTION_NAMES.includes(name))),
  }
}

function requireBoolean(secure: unknown): boolean {
  if (typeof secure === 'boolean') return secure
  throw new SessionError('ERR_CONFIG_OPTION', 'secure must be true or false.', { field: 'secure' })
}

/** Beego's GC loop, as a timer that does not keep the process alive. Returns what ends it. */
function collectEvery(seconds: number, provider: Provider, onEvent: Observer<SessionEvent> | undefined): () => void {
  if (seconds === 0) return () => undefined
  const collect = (): void => {
    // The next round tries again.
    provider.sessionGC().catch((error: unknown) => {
      if (isSessionError(error)) notify(onEvent, { type: 'failed', id: '', error })
    })
  }
  const timer: unknown = setInterval(collect, Math.min(seconds * 1000, LONGEST_TIMER_MS))
  // Only Node's timers hold the process, and only they have this.
  ;(timer as { unref?(): void }).unref?.()
  return () => clearInterval(timer as ReturnType<typeof setInterval>)
}
