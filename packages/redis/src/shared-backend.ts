/**
 * The Backend port on records that another program reads and writes too, without a word of ours in them. What that program does is never
 * undone: a record that it deleted is gone. What it writes over ours is lost, since it compares nothing.
 */
import { createHash } from 'node:crypto'
import {
  type Backend,
  type Call,
  type Ending,
  type Fields,
  type Layout,
  type Replaced,
  SessionError,
  type StoredRecord,
} from '@sentinel-session/core'
import { TOMBSTONE_MS } from '@sentinel-session/core/internal'
import { type Argument, question, type Sending, type Sent, sharedCall } from './command.ts'
import { countKeys, scanKeys } from './count.ts'
import { Deadlines } from './deadlines.ts'
import { Journal } from './journal.ts'
import type { Link } from './link.ts'
import type { JournalOptions } from './options.ts'
import { rebury } from './rebury.ts'
import { DURABILITY, deadline } from './record-write.ts'
import type { RedisBackend } from './redis-backend.ts'
import { type RedisReport, reportOf } from './redis-report.ts'
import { isUnsure, Writer } from './revisions.ts'
import { besideKey, endingIn, writersIn } from './shared-script.ts'

const CHANGED_NOTHING = 0
const DONE = 1

type Verb = 'create' | 'replace' | 'touch' | 'retire' | 'destroy'

export class SharedBackend implements RedisBackend {
  readonly capabilities: Backend['capabilities'] = new Set(['enumerable'])
  readonly layout: Layout
  readonly #primary: Link
  readonly #writer = new Writer()
  readonly #deadlines: Deadlines
  readonly #journal: Journal | undefined

  /** `forgotten` hears of sessions that this process has ended or found to be gone. */
  constructor(primary: Link, layout: Layout, journal: JournalOptions | false = {}, forgotten?: (key: string) => void) {
    this.#primary = primary
    this.#deadlines = new Deadlines(forgotten)
    this.layout = layout
    if (journal === false) return
    const kept = Journal.sweeping(journal.maxBytes)
    this.#journal = kept
    primary.beforeUse(async node => {
      await rebury(kept, node)
      return { restored: 0, lost: 0 }
    })
  }

  async create(key: string, fields: Fields, call: Call = {}): Promise<StoredRecord | null> {
    const { value, record } = this.#packed(fields)
    const { reply } = await this.#write(key, call, 'create', this.#writer.next(), deadline(fields.expiresAt), value)
    if (reply !== DONE) return null
    this.#deadlines.set(key, fields.expiresAt)
    return record
  }

  async read(key: string, call: Call = {}): Promise<StoredRecord | 'retired' | null> {
    const known = this.#deadlines.get(key)
    const now = Date.now()
    const fresh = known !== undefined && known > now
    const parts = [['GET', key], ['GET', besideKey(key)], ...(fresh ? [] : [['PTTL', key]])]
    const { budget, after } = call
    const { replies } = await this.#primary.send('read', question(...parts), budget, { key, after })
    const [value, beside, ttl] = replies
    const ended = endingIn(String(beside))
    if (ended !== undefined) {
      // Who read it before it ended has written it once more.
      if (value !== null) await this.end(key, { kind: 'destroyed' }, call)
      this.#deadlines.forget(key)
      return ended === 'retired' ? ended : null
    }
    if (value === null) {
      this.#deadlines.forget(key)
      return null
    }
    const record = this.#unpacked(value as Buffer, fresh ? known : now + Math.max(ttl as number, 0))
    this.#deadlines.set(key, record.expiresAt)
    return record
  }

  async replace(key: string, base: StoredRecord, fields: Fields, call: Call = {}): Promise<Replaced> {
    const { value, record } = this.#packed(fields)
    const revision = this.#writer.next()
    const { tries = {} } = call
    tries.first ??= revision
    const args = [revision, deadline(fields.expiresAt), base.revisions, value, tries.first]
    const sent = await this.#write(key, call, 'replace', ...args)
    tries.uncertain ||= sent.uncertain
    if (sent.reply === DONE) {
      this.#deadlines.set(key, fields.expiresAt)
      return { outcome: 'ok', record }
    }
    if (sent.reply === CHANGED_NOTHING) return this.#gone(key)
    if (tries.uncertain && (await this.#isUnsure(key, revision, call))) {
      const message = 'Too many others wrote the session to tell whether this write was applied. It is not run twice.'
      throw new SessionError('ERR_SESSION_CONFLICT', message)
    }
    return { outcome: 'changed', current: this.#changed(key, sent.reply as Buffer) }
  }

  async touch(key: string, expiresAt: number, call: Call = {}): Promise<boolean> {
    const { reply } = await this.#write(key, call, 'touch', '', deadline(expiresAt))
    if (reply === DONE) this.#deadlines.set(key, expiresAt)
    else this.#deadlines.forget(key)
    return reply === DONE
  }

  async end(key: string, ending: Ending, call: Call = {}): Promise<Replaced> {
    const { kind } = ending
    const mark = this.#writer.next()
    const until = deadline(Date.now() + TOMBSTONE_MS)
    const { reply, origin } =
      ending.kind === 'destroyed'
        ? await this.#write(key, call, 'destroy', mark, until)
        : await this.#write(key, call, 'retire', mark, until, ending.base.revisions)
    if (reply !== DONE && reply !== CHANGED_NOTHING) {
      return { outcome: 'changed', current: this.#changed(key, reply as Buffer) }
    }
    this.#deadlines.forget(key)
    if (reply === DONE || kind === 'destroyed') this.#journal?.ended(key, `-${kind} ${mark}`, origin)
    return { outcome: reply === DONE ? 'ok' : 'gone' }
  }

  async count(prefix = ''): Promise<number> {
    const counts = (await this.#primary.stores()).map(store => countKeys(store, prefix, this.#isSession(prefix)))
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
  }

  async *scan(prefix = ''): AsyncGenerator<string> {
    for (const store of await this.#primary.stores()) yield* scanKeys(store, prefix, this.#isSession(prefix))
  }

  async generationOf(): Promise<never> {
    throw noUsers()
  }

  async endAllOf(): Promise<never> {
    throw noUsers()
  }

  async membersOf(): Promise<never> {
    throw noUsers()
  }

  report(): RedisReport {
    return reportOf(this.#primary, this.#journal)
  }

  ready(): Promise<void> {
    return this.#primary.ready()
  }

  close(): Promise<void> {
    this.#journal?.close()
    return this.#primary.close()
  }

  /** Of what other programs have under keys of their own nothing is known. */
  #isSession(prefix: string): (key: string) => boolean {
    return key => this.layout.acceptsSid(key.slice(prefix.length))
  }

  #write(key: string, { budget, after }: Call, verb: Verb, ...args: Argument[]): Promise<Sent> {
    const isDone: Sending['isDone'] = ([reply]) => reply === DONE || verb === 'destroy'
    const parts = [sharedCall([key, besideKey(key)], verb, ...args)]
    const sending = { parts, durability: DURABILITY[verb], isDone }
    return this.#primary.send('write', sending, budget, { key, after })
  }

  /** Whether an earlier try of this writer may have been applied and pushed off the list. Where there is none, nobody of us wrote. */
  async #isUnsure(key: string, revision: string, { budget }: Call): Promise<boolean> {
    const { reply } = await this.#primary.send('read', question(['GET', besideKey(key)]), budget, { key })
    return isUnsure(writersIn(String(reply)), revision)
  }

  #packed(fields: Fields): { value: Buffer; record: StoredRecord } {
    const packed = this.layout.pack({ ...fields, revisions: '' })
    const value = Buffer.from(packed as Uint8Array)
    return { value, record: { ...fields, revisions: digestOf(value) } }
  }

  #unpacked(value: Buffer, expiresAt: number): StoredRecord {
    return { ...this.layout.unpack(value), revisions: digestOf(value), expiresAt }
  }

  #gone(key: string): Replaced {
    this.#deadlines.forget(key)
    return { outcome: 'gone' }
  }

  #changed(key: string, value: Buffer): StoredRecord {
    return this.#unpacked(value, this.#deadlines.get(key) ?? 0)
  }
}

function noUsers(): SessionError {
  const message = 'Of a session that is shared with another program nobody knows whose it is.'
  return new SessionError('ERR_CONFIG_CAPABILITY', message)
}

/** As `redis.sha1hex` in the script. */
function digestOf(value: Buffer): string {
  return createHash('sha1').update(value).digest('hex')
}
