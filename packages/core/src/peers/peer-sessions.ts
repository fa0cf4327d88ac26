/**
 * The sessions of somebody else's middleware, as records of ours. Such a middleware hands over a whole session each time; what of it has
 * changed is found by what it was read as, and merged into what is stored now.
 */
import { can, type StoredRecord } from '../backend.ts'
import { deepEqual } from '../deep-equal.ts'
import { isSessionError, SessionError } from '../errors.ts'
import { gone } from '../gone.ts'
import { type Data, emptyData, type Merged, merge } from '../merge.ts'
import { type Provider, storageOf } from '../provider.ts'
import { hashedKeyOf } from '../sid.ts'
import type { Storage } from '../storage.ts'

/** A session as it was read or last written: what a write is compared with. */
export interface Seen {
  readonly key: string
  readonly record: StoredRecord
  /** What the middleware knows of it, if that is not all: others had stored something meanwhile when it wrote. */
  readonly known?: Data
}

/** How the sessions of one kind of middleware are told from others, and from our own. */
export interface Kind {
  /** Part of every key, so that a sid of one kind opens nothing of another. */
  name: string
  /** What the middleware itself writes at every save: nobody loses anything when only this is not stored. */
  bookkeeping: readonly string[]
}

/** What one write may wait for others and for the store. */
const LONGEST_WAIT_MS = 15_000

export class PeerSessions {
  readonly #storage: Storage
  readonly #kind: Kind
  readonly #prefix: string

  /** Throws `ERR_CONFIG_OPTION` for an object that is no provider. */
  constructor(provider: Provider, kind: Kind) {
    this.#storage = storageOf(provider)
    this.#kind = kind
    this.#prefix = `${this.#storage.keyPrefix}${kind.name}:`
  }

  /** Null: never stored, expired or ended. Rejects with `ERR_BACKEND_*` or `ERR_RECORD_MALFORMED`. */
  async read(sid: string): Promise<{ values: Data; seen: Seen } | null> {
    return isSid(sid) ? this.#read(this.#keyOf(sid)) : null
  }

  /**
   * Stores what changed since the session was seen, and answers how it is now. Unseen is what is new, or what a middleware took over from
   * somewhere else: then all of it is written, over whatever is there. Rejects with `ERR_SESSION_DESTROYED` when the session has ended,
   * unless there was nothing to store but bookkeeping; never brings it back.
   */
  async write(sid: string, session: object, expiresAt: number, seen: Seen | undefined): Promise<Seen | undefined> {
    if (!isSid(sid)) throw new SessionError('ERR_CONFIG_OPTION', 'A sid must be a text.', { field: 'sid' })
    const key = this.#keyOf(sid)
    const values = plain(session)
    if (expiresAt <= Date.now()) {
      await this.end(sid)
      return undefined
    }
    if (seen?.key === key) return this.#replace(seen, values, expiresAt)
    const createdAt = Date.now()
    const body = await this.#storage.encode(key, values, { createdAt })
    const call = { budget: { leftMs: LONGEST_WAIT_MS }, redo: this.#storage.redo }
    const record = await this.#storage.backend.create(key, { createdAt, expiresAt, body }, call)
    if (record !== null) return { key, record }
    const stored = await this.#read(key)
    if (stored === null) throw gone()
    return this.#replace(stored.seen, values, expiresAt)
  }

  /** Moves the deadline. What has ended stays so, and that is no error: nothing was to be stored. */
  async touch(sid: string, expiresAt: number): Promise<void> {
    if (isSid(sid)) await this.#storage.backend.touch(this.#keyOf(sid), expiresAt)
  }

  /** Ends it for good; resolves when that is sure. */
  async end(sid: string): Promise<void> {
    if (isSid(sid)) await this.#storage.backend.end(this.#keyOf(sid), { kind: 'destroyed' })
  }

  /** All that live. `ERR_CONFIG_CAPABILITY` where the backend cannot look at all of them. */
  async *all(): AsyncGenerator<{ values: Data; seen: Seen }> {
    for await (const key of this.#enumerable().scan(this.#prefix)) {
      const found = await this.#read(key)
      if (found !== null) yield found
    }
  }

  /** Rejects as `all`. */
  count(): Promise<number> {
    return this.#enumerable().count(this.#prefix)
  }

  /** Ends all of this kind. Rejects as `all`. */
  async clear(): Promise<void> {
    for await (const key of this.#enumerable().scan(this.#prefix)) {
      await this.#storage.backend.end(key, { kind: 'destroyed' })
    }
  }

  async #read(key: string): Promise<{ values: Data; seen: Seen } | null> {
    const loaded = await this.#storage.read(key, {})
    if (loaded === null || loaded === 'retired') return null
    return { values: loaded.data, seen: { key, record: loaded.record } }
  }

  async #replace(seen: Seen, mine: Data, expiresAt: number): Promise<Seen | undefined> {
    const { key, record: base } = seen
    const before = seen.known ?? (await this.#storage.decode(key, base))
    const onto = (theirs: Data): Merged => merge({ base: before, mine, theirs, onConflict: 'mine' })
    const whole = seen.known === undefined ? mine : onto(await this.#storage.decode(key, base)).data
    const call = { budget: { leftMs: LONGEST_WAIT_MS } }
    const change = {
      base,
      mine: whole,
      expiresAt,
      until: expiresAt,
      mergeOnto: async (theirs: Data) => onto(theirs),
      call,
    }
    try {
      const { record, alone } = await this.#storage.commits.commit(key, change)
      return alone && whole === mine ? { key, record } : { key, record, known: mine }
    } catch (error) {
      if (isSessionError(error, 'ERR_SESSION_DESTROYED') && this.#isBookkeeping(before, mine)) return undefined
      throw error
    }
  }

  #isBookkeeping(before: Data, mine: Data): boolean {
    const { bookkeeping } = this.#kind
    const worth = (data: Data) =>
      Object.fromEntries(Object.entries(data).filter(([name]) => !bookkeeping.includes(name)))
    return deepEqual(worth(before), worth(mine))
  }

  #keyOf(sid: string): string {
    return this.#prefix + hashedKeyOf(sid)
  }

  #enumerable() {
    const { backend } = this.#storage
    if (can(backend, 'enumerable')) return backend
    throw new SessionError('ERR_CONFIG_CAPABILITY', 'This backend cannot look at all its sessions.')
  }
}

function isSid(sid: unknown): sid is string {
  return typeof sid === 'string' && sid !== ''
}

/** As every other store of these middlewares keeps it: what JSON makes of it. */
function plain(session: object): Data {
  return Object.assign(emptyData(), JSON.parse(JSON.stringify(session)))
}
