/**
 * Sessions that were read a moment ago, and that nobody has changed since. It knows no connection: who holds it says what has changed,
 * and asks it only while it is sure to hear of that.
 */
import type { StoredRecord } from '@sentinel-session/core'
import { AgedMap } from '@sentinel-session/core/internal'

/** The longest that a record stays without being read anew: what changes it without a word, such as SWAPDB, shows by then. */
const LONGEST_MS = 60_000

/** A class, as records are. */
class Entry {
  readonly record: StoredRecord
  /** Epoch ms. */
  readonly until: number
  /** Since eviction came by. */
  isUsed = false

  constructor(record: StoredRecord, until: number) {
    this.record = record
    this.until = until
  }
}

/** A read that is under way. What changes its session takes it off the list, and then its reply is not kept: it may be older. */
export interface Fetch {
  readonly key: string
}

export class NearCache {
  readonly #maxEntries: number
  readonly #entries = new AgedMap<string, Entry>()
  /** Of each key the latest one. */
  readonly #fetches = new Map<string, Fetch>()
  hits = 0
  misses = 0

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): StoredRecord | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined || entry.until <= Date.now()) {
      this.misses += 1
      return undefined
    }
    this.hits += 1
    entry.isUsed = true
    return entry.record
  }

  /** Before the command leaves: whatever changes the session from now on is heard of. */
  begin(key: string): Fetch {
    const fetch = { key }
    this.#fetches.set(key, fetch)
    return fetch
  }

  /** It was read; unless something has happened to it meanwhile it is kept. `null`: there is nothing to keep. */
  end(fetch: Fetch, record: StoredRecord | null): void {
    const { key } = fetch
    if (this.#fetches.get(key) !== fetch) return
    this.#fetches.delete(key)
    if (record === null) return
    const until = Math.min(record.expiresAt, Date.now() + LONGEST_MS)
    // Whoever comes later gets the same object.
    this.#entries.set(key, new Entry(Object.freeze(record), until))
    if (this.#entries.size > this.#maxEntries) this.#evict()
  }

  /** It has changed, or may have. */
  forget(key: string): void {
    this.#entries.delete(key)
    this.#fetches.delete(key)
  }

  /** Nothing is known any more. */
  clear(): void {
    this.#entries.clear()
    this.#fetches.clear()
  }

  /** The oldest that was not used since eviction last came by: what was used goes back to the end once. */
  #evict(): void {
    for (const { key, value: entry } of this.#entries) {
      if (!entry.isUsed) {
        this.#entries.delete(key)
        return
      }
      entry.isUsed = false
      this.#entries.set(key, entry)
    }
  }
}
