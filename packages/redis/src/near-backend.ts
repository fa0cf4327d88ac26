/**
 * A backend that answers a read from the memory of this process, while it is sure to hear what others change. All else goes to the
 * store: a write compares with what is stored, whatever it was made on.
 */
import type { Backend, Call, Ending, Fields, Layout, Member, Replaced, StoredRecord } from '@sentinel-session/core'
import type { Login } from './connection.ts'
import { NearCache } from './near-cache.ts'
import type { NearSettings } from './options.ts'
import type { Primary } from './primary.ts'
import type { RedisBackend } from './redis-backend.ts'
import type { RedisReport } from './redis-report.ts'
import { Tracking } from './tracking.ts'

/** `over` makes the backend that is asked for what is not near, and tells what it finds to be gone. */
export function nearBackend(
  primary: Primary,
  login: Login,
  { maxEntries, maxAgeMs }: NearSettings,
  prefix: string,
  over: (forgotten: (key: string) => void) => RedisBackend,
): RedisBackend {
  const cache = new NearCache(maxEntries)
  const tracking = new Tracking({
    login,
    prefix,
    maxAgeMs,
    changed: key => cache.forget(key),
    lost: () => cache.clear(),
    silent: isSilent => primary.health.set('near-cache', isSilent),
  })
  primary.followedBy(tracking)
  return new NearBackend(
    over(key => cache.forget(key)),
    cache,
    tracking,
    prefix,
  )
}

export class NearBackend implements RedisBackend {
  readonly #stored: RedisBackend
  readonly #cache: NearCache
  readonly #tracking: Pick<Tracking, 'sureUntil' | 'ready' | 'close'>
  readonly #prefix: string
  /** What is near is answered with it. */
  #turn: Promise<void> | undefined
  readonly capabilities: Backend['capabilities']
  readonly layout: Layout

  /** Only keys that begin with the prefix are kept: of others nobody tells. */
  constructor(
    stored: RedisBackend,
    cache: NearCache,
    tracking: Pick<Tracking, 'sureUntil' | 'ready' | 'close'>,
    prefix: string,
  ) {
    this.#stored = stored
    this.#cache = cache
    this.#tracking = tracking
    this.#prefix = prefix
    this.capabilities = stored.capabilities
    this.layout = stored.layout!
  }

  read(key: string, call: Call = {}): Promise<StoredRecord | 'retired' | null> {
    if (call.fresh === true) return this.#over(key, this.#stored.read(key, call))
    if (performance.now() >= this.#tracking.sureUntil) return this.#stored.read(key, call)
    const record = this.#cache.get(key)
    return record === undefined ? this.#fetch(key, call) : this.#turnOver().then(() => record)
  }

  create(key: string, fields: Fields, call?: Call): Promise<StoredRecord | null> {
    return this.#over(key, this.#stored.create(key, fields, call))
  }

  replace(key: string, base: StoredRecord, fields: Fields, call?: Call): Promise<Replaced> {
    return this.#over(key, this.#stored.replace(key, base, fields, call))
  }

  touch(key: string, expiresAt: number, call?: Call): Promise<boolean> {
    return this.#over(key, this.#stored.touch(key, expiresAt, call))
  }

  end(key: string, ending: Ending, call?: Call): Promise<Replaced> {
    return this.#over(key, this.#stored.end(key, ending, call))
  }

  count(prefix?: string): Promise<number> {
    return this.#stored.count(prefix)
  }

  scan(prefix?: string): AsyncIterable<string> {
    return this.#stored.scan(prefix)
  }

  generationOf(user: string): Promise<number> {
    return this.#stored.generationOf(user)
  }

  endAllOf(user: string, exceptKey?: string): Promise<number> {
    return this.#stored.endAllOf(user, exceptKey)
  }

  membersOf(user: string): Promise<readonly Member[]> {
    return this.#stored.membersOf(user)
  }

  report(): RedisReport {
    const { size: entries, hits, misses } = this.#cache
    return { ...this.#stored.report(), nearCache: { entries, hits, misses } }
  }

  async ready(): Promise<void> {
    await this.#stored.ready()
    await this.#tracking.ready()
  }

  close(): Promise<void> {
    this.#tracking.close()
    return this.#stored.close()
  }

  /**
   * Behind all requests that are there to be read. Answered at once, each would run and leave by itself, which costs more than half as
   * much again.
   */
  #turnOver(): Promise<void> {
    this.#turn ??= new Promise(resolve => {
      setImmediate(() => {
        this.#turn = undefined
        resolve()
      })
    })
    return this.#turn
  }

  async #fetch(key: string, call: Call): Promise<StoredRecord | 'retired' | null> {
    if (!key.startsWith(this.#prefix)) return this.#stored.read(key, call)
    const fetch = this.#cache.begin(key)
    let record: StoredRecord | null = null
    try {
      const found = await this.#stored.read(key, call)
      if (found !== 'retired') record = found
      return found
    } finally {
      this.#cache.end(fetch, record)
    }
  }

  /**
   * Whoever hears the answer finds nothing older here afterwards. It is not for the time before: until then nobody knows what is stored,
   * and what was read meanwhile goes too.
   */
  #over<X>(key: string, work: Promise<X>): Promise<X> {
    return work.finally(() => this.#cache.forget(key))
  }
}
