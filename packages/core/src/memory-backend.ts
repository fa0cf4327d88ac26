/** Sessions in this process' memory: for development and tests. They end with the process and are not shared. */
import { AgedMap } from './aged-map.ts'
import {
  type Backend,
  type Binding,
  type Call,
  type Ending,
  type Enumerable,
  type Fields,
  type Replaced,
  type StoredRecord,
  TOMBSTONE_MS,
  type UserIndexed,
} from './backend.ts'
import { type Clock, systemClock } from './clock.ts'
import { SessionError } from './errors.ts'
import { MemoryUserIndex } from './users/memory-user-index.ts'

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
  /** The name of the write that ended it. */
  by?: string | undefined
}

interface LiveEntry extends Entry {
  held: StoredRecord
}

/** A bounded backend without timers: what has expired goes when it is met, or as the one that was unused for longest. Throws `ERR_CONFIG_OPTION`. */
export function memoryBackend({
  maxEntries = 10_000,
  clock = systemClock,
}: MemoryBackendOptions = {}): Backend & Enumerable & UserIndexed {
  if (!Number.isInteger(maxEntries) || maxEntries < 1) {
    throw new SessionError('ERR_CONFIG_OPTION', 'maxEntries must be a positive whole number.', { field: 'maxEntries' })
  }
  /** In the order of last use, so that the first is the one to drop. */
  const entries = new AgedMap<string, Entry>()
  let writes = 0
  let closed = false

  const throwIfClosed = (): void => {
    if (closed) throw new SessionError('ERR_BACKEND_CLOSED', 'The memory backend was closed.')
  }

  const find = (key: string): Entry | undefined => {
    throwIfClosed()
    const entry = entries.get(key)
    if (entry === undefined) return undefined
    if (entry.expiresAt <= clock.now()) {
      drop(key, entry)
      return undefined
    }
    entries.set(key, entry)
    return entry
  }

  const drop = (key: string, { held }: Entry): void => {
    entries.delete(key)
    if (typeof held !== 'string' && held.user !== undefined) users.leave(held.user, key)
  }

  const put = (key: string, entry: Entry): void => {
    entries.set(key, entry)
    if (entries.size > maxEntries) drop(entries.oldest!.key, entries.oldest!.value)
  }

  const end = (key: string, held: Entry['held'], by?: string): void =>
    put(key, { expiresAt: clock.now() + TOMBSTONE_MS, held, by })

  const users = new MemoryUserIndex({
    maxUsers: maxEntries,
    now: () => clock.now(),
    isLive: key => {
      const entry = entries.get(key)
      return isLive(entry) && entry.expiresAt > clock.now()
    },
    end: key => end(key, 'destroyed'),
  })

  const store = (key: string, fields: Fields, base: string, { name }: Call, bind?: Binding | false): StoredRecord => {
    if (fields.user !== undefined && bind !== false) users.join(fields.user, key, fields.createdAt, bind)
    writes += 1
    const record = { ...fields, revisions: listOver(base, name ?? writes.toString(36).padStart(16, '0')) }
    put(key, { expiresAt: fields.expiresAt, held: record })
    return record
  }

  const live = function* (prefix: string): Generator<string> {
    const now = clock.now()
    for (const { key, value: entry } of entries) {
      if (isLive(entry) && entry.expiresAt > now && key.startsWith(prefix)) yield key
    }
  }

  return {
    async create(key, fields, call = {}) {
      const entry = find(key)
      if (entry === undefined) return store(key, fields, '', call, call.bind)
      return isLive(entry) && contains(entry.held, call.name) ? { ...fields, revisions: call.name! } : null
    },

    async read(key) {
      const entry = find(key)
      if (entry === undefined || entry.held === 'destroyed') return null
      return entry.held === 'retired' ? 'retired' : { ...entry.held, expiresAt: entry.expiresAt }
    },

    async replace(key, base, fields, call = {}): Promise<Replaced> {
      const { bind, leaves = false, name, tries } = call
      const entry = find(key)
      if (!isLive(entry)) return { outcome: 'gone' }
      if (contains(entry.held, name && (tries?.first ?? name))) {
        return { outcome: 'ok', record: { ...fields, revisions: listOver(base.revisions, name!) } }
      }
      if (entry.held.revisions !== base.revisions) {
        return { outcome: 'changed', current: { ...entry.held, expiresAt: entry.expiresAt } }
      }
      if (leaves && base.user !== undefined) users.leave(base.user, key)
      const joins = bind ?? (leaves || base.user === fields.user ? false : undefined)
      return { outcome: 'ok', record: store(key, fields, base.revisions, call, joins) }
    },

    async touch(key, expiresAt) {
      const entry = find(key)
      if (!isLive(entry)) return false
      entry.expiresAt = expiresAt
      return true
    },

    async end(key, ending: Ending, { name } = {}): Promise<Replaced> {
      const entry = find(key)
      if (name !== undefined && entry?.by === name) return { outcome: 'ok' }
      const record = isLive(entry) ? entry.held : undefined
      if (ending.kind === 'retired') {
        if (record === undefined) return { outcome: 'gone' }
        if (record.revisions !== ending.base.revisions) return { outcome: 'changed', current: record }
      }
      if (record !== undefined || entry === undefined) end(key, ending.kind, record && name)
      else end(key, entry.held, entry.by)
      if (record?.user !== undefined) users.leave(record.user, key)
      return { outcome: record === undefined ? 'gone' : 'ok' }
    },

    async count(prefix = '') {
      return [...live(prefix)].length
    },

    async *scan(prefix = '') {
      // Whoever reads what is listed moves it to the end of the list.
      yield* [...live(prefix)]
    },

    async generationOf(user) {
      throwIfClosed()
      return users.generationOf(user)
    },

    async endAllOf(user, exceptKey) {
      throwIfClosed()
      return users.endAllOf(user, exceptKey)
    },

    async membersOf(user) {
      throwIfClosed()
      return users.membersOf(user).map(member => ({ ...member, expiresAt: entries.get(member.key)!.expiresAt }))
    },

    capabilities: new Set(['enumerable', 'userIndexed', 'named'] as const),

    async ready() {},

    async close() {
      closed = true
      entries.clear()
    },
  }
}

function isLive(entry: Entry | undefined): entry is LiveEntry {
  return entry !== undefined && typeof entry.held !== 'string'
}

/** Nobody is pushed off within the time in which a write may come again. */
const MOST_WRITERS = 64

const writerOf = (revision: string): string => revision.slice(0, 8)

/** The revision of a write, then the latest of each other writer. */
function listOver(base: string, revision: string): string {
  const others = base.split(' ').filter(each => each !== '' && writerOf(each) !== writerOf(revision))
  return [revision, ...others].slice(0, MOST_WRITERS).join(' ')
}

/** The named write, or a later one of its writer, is in the record. */
function contains({ revisions }: StoredRecord, name: string | undefined): boolean {
  return name !== undefined && revisions.split(' ').some(each => writerOf(each) === writerOf(name) && each >= name)
}
