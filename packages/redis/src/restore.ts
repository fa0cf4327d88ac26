/** Carries out what `reconcile` decides, in batches, before this process sends anything else to the new primary. */
import type { StoredRecord } from '@sentinel-session/core'
import { nativeLayout, TOMBSTONE_MS } from '@sentinel-session/core/internal'
import { question, type Reply, type Sending, scriptCall } from './command.ts'
import { relistCall } from './distant-index.ts'
import type { Identity } from './identity.ts'
import { ENTRY_MS, type Entry, type Journal, type LiveEntry, type Origin, placeOf } from './journal.ts'
import { type Action, type Found, reconcile } from './reconcile.ts'
import { Redirection } from './redirection.ts'
import { latestOf, listOver, union, type Writer, writtenAgain } from './revisions.ts'
import { openValue } from './stored-value.ts'
import { joinArguments, raiseCall } from './user-index.ts'

/** Sends one batch; the outcome of each in its place. Rejects when the connection is lost. */
export type SendNow = (batch: readonly Sending[]) => Promise<(Reply[] | Error)[]>

export interface NewPrimary extends Identity {
  /** Of a cluster: whether this primary serves the key. One primary serves all. */
  owns?(key: string): boolean
  /** Where what is written now has its place. */
  origin: Origin
  send: SendNow
}

export interface Restored {
  restored: number
  lost: number
}

const BATCH = 200
/** Others may write the same session meanwhile; then the entry is looked at again. */
const MOST_ROUNDS = 5

export class Restorer {
  readonly #journal: Journal
  readonly #writer: Writer
  readonly #restore: boolean
  /** Whether the write of a record lists it for its user. */
  readonly #isOnePlace: boolean

  constructor(journal: Journal, writer: Writer, restore: boolean, isOnePlace: boolean) {
    this.#journal = journal
    this.#writer = writer
    this.#restore = restore
    this.#isOnePlace = isOnePlace
  }

  /** Generations first, so that nobody slips in; and live ones before those that ended: of a regenerate the new session is there before the old one ends. */
  async run(entries: readonly Entry[], primary: NewPrimary): Promise<Restored> {
    const done: Restored = { restored: 0, lost: 0 }
    const raised = entries.filter(({ kind }) => kind === 'raised')
    const joined = entries.filter(({ kind }) => kind === 'joined')
    const live = entries.filter(({ kind }) => kind === 'live')
    const ended = entries.filter(({ kind }) => kind === 'ended')
    for (const some of [raised, joined, live, ended]) {
      for (let at = 0; at < some.length; at += BATCH) await this.#batch(some.slice(at, at + BATCH), primary, done)
    }
    return done
  }

  async #batch(entries: readonly Entry[], primary: NewPrimary, done: Restored): Promise<void> {
    let left = entries
    for (let round = 0; left.length > 0 && round < MOST_ROUNDS; round++) left = await this.#round(left, primary, done)
  }

  /** Returns the entries whose record has changed since it was looked at. */
  async #round(entries: readonly Entry[], { origin, send }: NewPrimary, done: Restored): Promise<Entry[]> {
    const [time, ...found] = await send([
      question(['TIME']),
      ...entries.map(entry => question(['GET', placeOf(entry)])),
    ])
    if (time instanceof Error) throw time
    const serverNow = Number((time as [readonly Reply[]])[0][0]) * 1000
    const writes: { entry: Entry; sending: Sending; record?: StoredRecord }[] = []
    for (const [index, entry] of entries.entries()) {
      const action = reconcile(entry, foundIn(found[index]!), Date.now(), this.#restore)
      if (action.do === 'lost') done.lost += 1
      if (action.do === 'lost' || action.do === 'forget') this.#journal.forget(entry.key)
      else if (action.do === 'nothing') entry.origin = origin
      else {
        const write = await this.#write(entry, action, serverNow).catch(() => undefined)
        if (write !== undefined) writes.push({ entry, ...write })
        else {
          // What cannot be merged must not stop all others: too large together, or of another codec.
          done.lost += 1
          this.#journal.forget(entry.key)
        }
      }
    }
    if (writes.length === 0) return []
    const outcomes = await send(writes.map(({ sending }) => sending))
    const again: Entry[] = []
    for (const [index, { entry, record }] of writes.entries()) {
      const outcome = outcomes[index]!
      if (outcome instanceof Error) {
        if (isElsewhere(outcome)) continue
        throw outcome
      }
      if (Buffer.isBuffer(outcome[0])) {
        again.push(entry)
        continue
      }
      if (outcome[0] === 1 && entry.kind === 'live') {
        done.restored += 1
        if (record !== undefined) entry.record = record
      }
      entry.origin = origin
    }
    return again
  }

  async #write(entry: Entry, action: Action, serverNow: number): Promise<{ sending: Sending; record?: StoredRecord }> {
    const left = entry.at + ENTRY_MS - performance.now()
    if (entry.kind === 'raised') {
      return { sending: question(raiseCall(entry.key, entry.generation, '*', '')) }
    }
    if (entry.kind === 'joined') {
      return { sending: question(relistCall(entry)) }
    }
    if (entry.kind === 'ended') {
      const until = Date.now() + TOMBSTONE_MS - (performance.now() - entry.at)
      return { sending: write([entry.key], 'bury', '', Math.ceil(until), entry.tombstone) }
    }
    const [record, base] = await this.#recordFor(entry, action)
    const value = nativeLayout.pack(record)
    const deadline = Math.ceil(record.expiresAt)
    const user = this.#isOnePlace ? record.user : undefined
    const sending = write(
      user === undefined ? [entry.key] : [entry.key, user],
      'restore',
      latestOf(record.revisions),
      deadline,
      value,
      base,
      Math.ceil(serverNow + left),
      ...(user === undefined ? [] : joinArguments(record, entry.listed ?? {})),
    )
    return { sending, record }
  }

  async #recordFor(entry: LiveEntry, action: Action): Promise<[StoredRecord, base: string]> {
    if (action.do === 'redo') {
      const fields = await entry.redo!(entry.key, action.base, entry.record, action.on)
      // A writer of its own: a commit that waits has a lower count than this, and must not be taken for done.
      const both = union(entry.record.revisions, action.on.revisions)
      const revisions = listOver(both, this.#writer.next())
      return [{ ...fields, revisions }, latestOf(action.on.revisions)]
    }
    const over = action.do === 'restore' ? action.over : null
    const record = { ...entry.record, revisions: writtenAgain(entry.record.revisions) }
    return [record, over === null ? '' : latestOf(over.revisions)]
  }
}

function write(keys: readonly string[], ...args: (string | number)[]): Sending {
  return question(scriptCall(keys, ...args.map(String)))
}

function foundIn(outcome: Reply[] | Error): Found {
  if (outcome instanceof Error) {
    if (!outcome.message.startsWith('WRONGTYPE') && !isElsewhere(outcome)) throw outcome
    return 'foreign'
  }
  const [value] = outcome as [Buffer | null]
  if (value === null) return null
  try {
    const found = openValue(value)
    return typeof found === 'string' ? 'ended' : found
  } catch {
    return 'foreign'
  }
}

/** Its slot is on its way to another shard, or there already: what that one loses is written again there. */
function isElsewhere({ message }: Error): boolean {
  return Redirection.in(message) !== undefined
}
