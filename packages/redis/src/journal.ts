/**
 * What was acknowledged in the last minute, so that a primary that has lost it gets it back (PROTOCOL section 7). Bounded in time
 * and bytes; values are kept as they are stored.
 */
import type { Call, Redo, StoredRecord } from '@sentinel-session/core'
import { AgedMap } from '@sentinel-session/core/internal'

/** Who had what was written: run ids of nodes, and the data set they shared. One object for many entries. */
export interface Origin {
  dataSet: string
  holders: ReadonlySet<string>
}

/** What the index of users needs to know, and no record says. */
export type Listed = Pick<Call, 'bind' | 'until'>

/** A class, as records are. */
export class LiveEntry {
  readonly kind = 'live'
  readonly key: string
  record: StoredRecord
  /** The last of those that this process wrote before, the oldest first. */
  readonly earlier: readonly StoredRecord[]
  /** What the oldest write of all was made on. */
  readonly base: StoredRecord | null
  readonly redo: Redo | undefined
  /** Of a bound session: how it is listed again. */
  readonly listed: Listed | undefined
  origin: Origin
  /** `performance.now()`. */
  readonly at: number = performance.now()

  constructor({ key, record, earlier, base, redo, listed, origin }: Omit<LiveEntry, 'kind' | 'at'>) {
    this.key = key
    this.record = record
    this.earlier = earlier
    this.base = base
    this.redo = redo
    this.listed = listed
    this.origin = origin
  }
}

export interface EndedEntry {
  kind: 'ended'
  key: string
  /** As it is stored. */
  tombstone: string
  origin: Origin
  at: number
}

/** All sessions of a user were ended. */
export interface RaisedEntry {
  kind: 'raised'
  /** The user's index. */
  key: string
  generation: number
  origin: Origin
  at: number
}

/** A session became one of a user's, whose index is elsewhere. */
export interface JoinedEntry {
  kind: 'joined'
  /** Of the entry. */
  key: string
  user: string
  session: string
  createdAt: number
  listed: Listed
  origin: Origin
  at: number
}

export type Entry = LiveEntry | EndedEntry | RaisedEntry | JoinedEntry

/** The key under which it is stored. */
export function placeOf(entry: Entry): string {
  return entry.kind === 'joined' ? entry.user : entry.key
}

/** A constant, shorter than the life of a tombstone, so that nothing ended is written back. */
export const ENTRY_MS = 60_000

/** A primary that is behind is so by a moment: a few of this process' writes of one session. */
const MOST_EARLIER = 3

const NONE: readonly never[] = []

/** What an entry needs besides its values. */
const OVERHEAD_BYTES = 400

/** How often it lets go of what is too old. */
const SWEEP_MS = 10_000

export class Journal {
  readonly #maxBytes: number
  readonly #entries = new AgedMap<string, Entry>()
  #bytes = 0
  #sweeping: NodeJS.Timeout | undefined

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** One that lets go of what is too old by itself, until `close`. 16 MiB. */
  static sweeping(maxBytes = 16_777_216): Journal {
    const journal = new Journal(maxBytes)
    journal.#sweeping = setInterval(() => journal.sweep(), SWEEP_MS).unref()
    return journal
  }

  close(): void {
    clearInterval(this.#sweeping)
  }

  get entries(): number {
    return this.#entries.size
  }

  get bytes(): number {
    return this.#bytes
  }

  written(key: string, base: StoredRecord | null, record: StoredRecord, call: Call | undefined, origin: Origin): void {
    const before = this.#entries.get(key)
    // An older write may be answered after the logout; a sid is never used again.
    if (before?.kind === 'ended') return
    const known = before?.kind === 'live' ? before : undefined
    const entry = new LiveEntry({
      key: known?.key ?? key,
      record,
      earlier: known === undefined ? NONE : earlierThan(known),
      base: known === undefined ? base : known.base,
      redo: call?.redo,
      listed: record.user === undefined ? undefined : listedAs(call, known?.listed),
      origin,
    })
    this.#put(entry)
  }

  touched(key: string, expiresAt: number): void {
    const entry = this.#entries.get(key)
    if (entry?.kind === 'live') entry.record = { ...entry.record, expiresAt }
  }

  /** What was written again: merged with what was there, it may be larger or smaller than before. */
  rewritten(entry: LiveEntry, record: StoredRecord): void {
    const isKept = this.#entries.get(entry.key) === entry
    if (isKept) this.#bytes -= sizeOf(entry)
    entry.record = record
    if (!isKept) return
    this.#bytes += sizeOf(entry)
    this.#fit()
  }

  ended(key: string, tombstone: string, origin: Origin): void {
    this.#put({ kind: 'ended', key, tombstone, origin, at: performance.now() })
  }

  raised(user: string, generation: number, origin: Origin): void {
    this.#put({ kind: 'raised', key: user, generation, origin, at: performance.now() })
  }

  joined(user: string, session: string, createdAt: number, listed: Listed, origin: Origin): void {
    const key = `${user} ${session}`
    this.#put({ kind: 'joined', key, user, session, createdAt, listed, origin, at: performance.now() })
  }

  forget(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#bytes -= sizeOf(entry)
  }

  /** What this node may not have: all but what it acknowledged itself and what it has copied from a node that did. */
  doubtful(runId: string, dataSets: readonly string[]): Entry[] {
    this.sweep()
    return [...this.#entries]
      .map(({ value }) => value)
      .filter(({ origin }) => !(origin.holders.has(runId) && dataSets.includes(origin.dataSet)))
  }

  sweep(): void {
    const oldest = performance.now() - ENTRY_MS
    for (const { key, value } of this.#entries) {
      if (value.at > oldest) return
      this.forget(key)
    }
  }

  /** In the place that a key has already: a Map that deletes and adds comes past all its entries again and again. */
  #put(entry: Entry): void {
    const before = this.#entries.get(entry.key)
    if (before !== undefined) this.#bytes -= sizeOf(before)
    this.#entries.set(entry.key, entry)
    this.#bytes += sizeOf(entry)
    this.#fit()
  }

  #fit(): void {
    while (this.#bytes > this.#maxBytes) this.forget(this.#leastNeeded())
  }

  /** The oldest one that several nodes have; if there is none, the oldest. */
  #leastNeeded(): string {
    let looked = 0
    for (const { key, value } of this.#entries) {
      if (value.origin.holders.size > 1) return key
      looked += 1
      if (looked === LOOK_FOR) break
    }
    return this.#entries.oldest!.key
  }
}

/** So many are looked at for one that may go: the hot path must not search the whole journal. */
const LOOK_FOR = 32

function sizeOf(entry: Entry): number {
  if (entry.kind !== 'live') return OVERHEAD_BYTES
  let bytes = OVERHEAD_BYTES + entry.record.body.length + (entry.base?.body.length ?? 0)
  for (const { body } of entry.earlier) bytes += body.length
  return bytes
}

function earlierThan({ earlier, record }: LiveEntry): readonly StoredRecord[] {
  return [...earlier.slice(1 - MOST_EARLIER), record]
}

/** The label comes with the write that binds, and stays with those after it. */
function listedAs({ bind, until }: Call = {}, before: Listed = {}): Listed {
  const label = bind?.label ?? before.bind?.label
  return { ...(until === undefined ? {} : { until }), ...(label === undefined ? {} : { bind: { label } }) }
}
