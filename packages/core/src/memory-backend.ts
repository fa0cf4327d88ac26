/** Sessions in this process' memory: for development and tests. They end with the process and are not shared. */
import {
  type Backend,
  type Ending,
  type Enumerable,
  type Fields,
  type Replaced,
  type StoredRecord,
  TOMBSTONE_MS,
} from './backend.ts'
import { type Clock, systemClock } from './clock.ts'
import { SessionError } from './errors.ts'

export interface MemoryBackendOptions {
  /** Above it the session that was unused for longest is dropped. 10,000. */
  maxEntries?: number
  /** The system's. */
  clock?: Clock
}

interface Entry {
  expiresAt: number
  /** The live record, or how it ended. */
  held: StoredRecord | 'destroyed' | 'retired'
}

/** A bounded backend without timers: what has expired goes when it is met, or as the one that was unused for longest. Throws `ERR_CONFIG_OPTION`. */
export function memoryBackend({
  maxEntries = 10_000,
  clock = systemClock,
}: MemoryBackendOptions = {}): Backend & Enumerable {
  if (!Number.isInteger(maxEntries) || maxEntries < 1) {
    throw new SessionError('ERR_CONFIG_OPTION', 'maxEntries must be a positive whole number.', { field: 'maxEntries' })
  }
  /** In the order of last use, so that the first is the one to drop. */
  const entries = new Map<string, Entry>()
  let writes = 0
  let closed = false

  const find = (key: string): Entry | undefined => {
    if (closed) throw new SessionError('ERR_BACKEND_CLOSED', 'The memory backend was closed.')
    const entry = entries.get(key)
    if (entry === undefined) return undefined
    entries.delete(key)
    if (entry.expiresAt <= clock.now()) return undefined
    entries.set(key, entry)
    return entry
  }

  const put = (key: string, entry: Entry): void => {
    entries.delete(key)
    entries.set(key, entry)
    if (entries.size > maxEntries) entries.delete(entries.keys().next().value!)
  }

  const store = (key: string, fields: Fields): StoredRecord => {
    writes += 1
    const record = { ...fields, revisions: writes.toString(36).padStart(16, '0') }
    put(key, { expiresAt: fields.expiresAt, held: record })
    return record
  }

  const live = function* (): Generator<string> {
    const now = clock.now()
    for (const [key, { expiresAt, held }] of entries) if (typeof held !== 'string' && expiresAt > now) yield key
  }

  return {
    async create(key, fields) {
      return find(key) === undefined ? store(key, fields) : null
    },

    async read(key) {
      const entry = find(key)
      if (entry === undefined || entry.held === 'destroyed') return null
      return entry.held === 'retired' ? 'retired' : { ...entry.held, expiresAt: entry.expiresAt }
    },

    async replace(key, base, fields): Promise<Replaced> {
      const entry = find(key)
      if (entry === undefined || typeof entry.held === 'string') return { outcome: 'gone' }
      if (entry.held.revisions !== base.revisions) {
        return { outcome: 'changed', current: { ...entry.held, expiresAt: entry.expiresAt } }
      }
      return { outcome: 'ok', record: store(key, fields) }
    },

    async touch(key, expiresAt) {
      const entry = find(key)
      if (entry === undefined || typeof entry.held === 'string') return false
      entry.expiresAt = expiresAt
      return true
    },

    async end(key, ending: Ending): Promise<Replaced> {
      const entry = find(key)
      const wasLive = entry !== undefined && typeof entry.held !== 'string'
      if (ending.kind === 'retired') {
        if (!wasLive) return { outcome: 'gone' }
        const current = entry.held as StoredRecord
        if (current.revisions !== ending.base.revisions) return { outcome: 'changed', current }
      }
      const held = wasLive || entry === undefined ? ending.kind : entry.held
      put(key, { expiresAt: clock.now() + TOMBSTONE_MS, held })
      return { outcome: wasLive ? 'ok' : 'gone' }
    },

    async count() {
      return [...live()].length
    },

    async *scan() {
      yield* live()
    },

    capabilities: new Set(['enumerable'] as const),

    async ready() {},

    async close() {
      closed = true
      entries.clear()
    },
  }
}
