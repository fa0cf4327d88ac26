/** The Backend port on Redis: verbs become commands. It knows records, and neither HTTP nor where the primary is. */
import {
  type Backend,
  type Call,
  type Ending,
  type Enumerable,
  type Fields,
  type Layout,
  type Member,
  type Replaced,
  SessionError,
  type StoredRecord,
  type Tries,
  type UserIndexed,
} from '@sentinel-session/core'
import { nativeLayout, PlainRecord, TOMBSTONE_MS } from '@sentinel-session/core/internal'
import { Cluster } from './cluster.ts'
import { type Argument, question } from './command.ts'
import { countLive, scanLive } from './count.ts'
import { Deadlines } from './deadlines.ts'
import { type BoundWrite, DistantIndex, type Remembered } from './distant-index.ts'
import { KINDS } from './distant-index-script.ts'
import { Journal, placeOf } from './journal.ts'
import type { Link } from './link.ts'
import { nearBackend } from './near-backend.ts'
import { type JournalOptions, type RedisBackendOptions, type RedisProviderName, resolveOptions } from './options.ts'
import { Primary } from './primary.ts'
import { deadline, type Written, writeRecord } from './record-write.ts'
import { type RedisReport, reportOf } from './redis-report.ts'
import { Restorer } from './restore.ts'
import { isDominated, isUnsure, latestOf, listOver, Writer } from './revisions.ts'
import { SharedBackend } from './shared-backend.ts'
import { openValue, tombstone } from './stored-value.ts'
import { joinArguments, joined, UserIndex } from './user-index.ts'

/** With a layout that is shared with another program it knows no users: `can(backend, 'userIndexed')` is false. */
export interface RedisBackend extends Backend, Enumerable, UserIndexed {
  /** What this backend sees, from memory: no command, so fit for a health check. */
  report(): RedisReport
}

/**
 * Sessions on Redis behind Sentinel, or on a Redis Cluster. Connects at first use or at `ready()`. Throws `ERR_CONFIG_*` and
 * `ERR_SAVE_PATH_*` for options that cannot work; verbs reject with `ERR_BACKEND_UNAVAILABLE` when no primary could be asked within the
 * failover budget.
 */
export function redisBackend(options: RedisBackendOptions): RedisBackend {
  return backendOf('redis_sentinel', options)
}

/** `name` says whose save path it is: a URL tells by itself. All keys that are to be near begin with `keyPrefix`. */
export function backendOf(name: RedisProviderName, options: RedisBackendOptions, keyPrefix = ''): RedisBackend {
  const { journal, deployment, layout, nearCache, ...settings } = resolveOptions(options, name)
  const over = (link: Link, forgotten?: (key: string) => void): RedisBackend =>
    layout.revisionIn === 'header'
      ? new SentinelBackend(link, journal, forgotten)
      : new SharedBackend(link, layout, journal, forgotten)
  if ('cluster' in deployment) return over(new Cluster(settings, deployment.cluster))
  const primary = new Primary({ ...settings, deployment })
  if (nearCache === false) return over(primary)
  return nearBackend(primary, settings.login, nearCache, keyPrefix, forgotten => over(primary, forgotten))
}

const CHANGED_NOTHING = 0
const DONE = 1

interface Replacement {
  key: string
  base: StoredRecord
  record: StoredRecord
  revision: string
  /** The record as it is stored. */
  value: string
  call: Call
  tries: Tries
}

export class SentinelBackend implements RedisBackend {
  readonly capabilities: Backend['capabilities'] = new Set(['enumerable', 'named', 'userIndexed'])
  readonly layout: Layout = nativeLayout
  readonly #primary: Link
  readonly #writer = new Writer()
  readonly #deadlines: Deadlines
  readonly #journal: Journal | undefined
  readonly #users: UserIndex
  /** Of a cluster: what joins the index is no script on both, for they are on two nodes. */
  readonly #distant: DistantIndex | undefined

  /** `forgotten` hears of sessions that this process has ended or found to be gone. */
  constructor(primary: Link, journal: JournalOptions | false = {}, forgotten?: (key: string) => void) {
    this.#primary = primary
    this.#deadlines = new Deadlines(forgotten)
    const isDistant = primary.topology === 'cluster'
    const distant = isDistant ? new DistantIndex(primary, this.#remembered()) : undefined
    this.#distant = distant
    const end = (key: string, user: string) => this.end(key, { kind: 'destroyed', user })
    this.#users = new UserIndex(primary, distant === undefined ? end : (key, user) => distant.expel(key, user))
    if (journal === false) return
    const { maxBytes, restore = true } = journal
    const kept = Journal.sweeping(maxBytes)
    this.#journal = kept
    const restorer = new Restorer(kept, new Writer(), restore, !isDistant)
    primary.beforeUse(async node => {
      const doubtful = kept.doubtful(node.runId, node.dataSets).filter(entry => node.owns?.(placeOf(entry)) ?? true)
      const done = await restorer.run(doubtful, node)
      primary.health.caughtUp(done)
      return done
    })
  }

  async create(key: string, fields: Fields, call: Call = {}): Promise<StoredRecord | null> {
    const revision = call.name ?? this.#writer.next()
    const record = new PlainRecord(fields, revision)
    const value = nativeLayout.pack(record)
    const args = ['create', revision, deadline(fields.expiresAt), value]
    const { reply, origin, isOver } = await this.#store(key, fields, call, fields.user, args)
    if (reply !== DONE) return null
    if (isOver) return record
    this.#deadlines.set(key, fields.expiresAt)
    this.#journal?.written(key, null, record, call, origin)
    return record
  }

  async read(key: string, { budget, after }: Call = {}): Promise<StoredRecord | 'retired' | null> {
    const known = this.#deadlines.get(key)
    const now = Date.now()
    const fresh = known !== undefined && known > now
    const asked = fresh ? question(['GET', key]) : question(['GET', key], ['PTTL', key])
    const { reply, replies } = await this.#primary.send('read', asked, budget, { key, after })
    if (reply === null) {
      this.#deadlines.forget(key)
      return null
    }
    const record = openValue(reply as Buffer)
    if (record === 'retired' || record === 'destroyed') return record === 'retired' ? record : null
    // A key without a TTL gets one with the next touch.
    record.expiresAt = fresh ? known : now + Math.max(replies[1] as number, 0)
    if (!fresh) this.#deadlines.set(key, record.expiresAt)
    return record
  }

  async replace(key: string, base: StoredRecord, fields: Fields, call: Call = {}): Promise<Replaced> {
    const replacement = this.#replacement(key, base, fields, call)
    for (let over = base; ; ) {
      const heard = this.#heard(replacement, await this.#sendReplacement(replacement, over))
      if ('outcome' in heard) return heard
      over = heard
    }
  }

  #replacement(key: string, base: StoredRecord, fields: Fields, call: Call): Replacement {
    const revision = call.name ?? this.#writer.next()
    const record = new PlainRecord(fields, listOver(base.revisions, revision))
    const { tries = {} } = call
    tries.first ??= revision
    return { key, base, record, revision, value: nativeLayout.pack(record), call, tries }
  }

  #sendReplacement(
    { key, base, record, revision, value, call, tries }: Replacement,
    over: StoredRecord,
  ): Promise<Written> {
    const args = ['replace', revision, deadline(record.expiresAt), latestOf(over.revisions), value, tries.first!]
    if (call.leaves) return this.#leaving(key, base.user, call, args)
    const joins = call.bind !== undefined || over.user !== record.user
    return this.#store(key, record, call, joins ? record.user : undefined, args)
  }

  /** What came of it, or what it is to be sent over next. */
  #heard(
    { key, base, record, revision, call, tries }: Replacement,
    { reply, origin, uncertain }: Written,
  ): Replaced | StoredRecord {
    tries.uncertain ||= uncertain
    if (reply === DONE) {
      this.#deadlines.set(key, record.expiresAt)
      this.#journal?.written(key, base, record, call, origin)
      return { outcome: 'ok', record }
    }
    if (reply === CHANGED_NOTHING) return this.#gone(key)
    const current = this.#changed(key, reply as Buffer)
    // A primary that has lost what the base had: this write has it, and brings it back.
    if (isDominated(current.revisions, base.revisions)) return current
    if (tries.uncertain && isUnsure(current.revisions, revision)) {
      const message = 'Too many others wrote the session to tell whether this write was applied. It is not run twice.'
      throw new SessionError('ERR_SESSION_CONFLICT', message)
    }
    return { outcome: 'changed', current }
  }

  async touch(key: string, expiresAt: number, call: Call = {}): Promise<boolean> {
    const { reply } = await this.#write([key], call, ['touch', '', deadline(expiresAt)])
    if (reply === DONE) {
      this.#deadlines.set(key, expiresAt)
      this.#journal?.touched(key, expiresAt)
    } else this.#deadlines.forget(key)
    return reply === DONE
  }

  async end(key: string, ending: Ending, call: Call = {}): Promise<Replaced> {
    const revision = call.name ?? this.#writer.next()
    const until = deadline(Date.now() + TOMBSTONE_MS)
    const user = ending.kind === 'destroyed' ? ending.user : ending.base.user
    const { reply, origin } =
      ending.kind === 'destroyed'
        ? await this.#write(this.#keysOf(key, user), call, ['destroy', revision, until])
        : await this.#write(this.#keysOf(key, user), call, ['retire', revision, until, latestOf(ending.base.revisions)])
    if (reply === DONE || reply === CHANGED_NOTHING) {
      this.#deadlines.forget(key)
      if (reply === DONE || ending.kind === 'destroyed') {
        this.#journal?.ended(key, tombstoneOf(ending, revision), origin)
        if (user !== undefined) this.#distant?.tidy(user, [[KINDS.over, key]])
      }
      return { outcome: reply === DONE ? 'ok' : 'gone' }
    }
    return { outcome: 'changed', current: this.#changed(key, reply as Buffer) }
  }

  async count(prefix?: string): Promise<number> {
    const counts = (await this.#primary.stores()).map(store => countLive(store, prefix))
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
  }

  async *scan(prefix?: string): AsyncGenerator<string> {
    for (const store of await this.#primary.stores()) yield* scanLive(store, prefix)
  }

  async generationOf(user: string): Promise<number> {
    return this.#users.generationOf(user)
  }

  async endAllOf(user: string, exceptKey?: string): Promise<number> {
    const { generation, origin, keys } = await this.#users.raise(user, exceptKey)
    this.#journal?.raised(user, generation, origin)
    const live = await this.#users.endAll(user, keys)
    this.#distant?.tidy(
      user,
      keys.map(key => [KINDS.doomed, key]),
    )
    return live
  }

  async membersOf(user: string): Promise<readonly Member[]> {
    return (this.#distant ?? this.#users).membersOf(user)
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

  /** The record, and the index of its user where that has to change. */
  #keysOf(key: string, user: string | undefined): string[] {
    return user === undefined || this.#distant !== undefined ? [key] : [key, user]
  }

  /** A write of a record. With a user it joins the index, and others may have to go for it. Rejects with what it is refused with. */
  #store(key: string, fields: Fields, call: Call, user: string | undefined, args: Argument[]): Promise<Written> {
    return user === undefined ? this.#write([key], call, args) : this.#storeOf(user, key, fields, call, args)
  }

  async #storeOf(user: string, key: string, fields: Fields, call: Call, args: Argument[]): Promise<Written> {
    if (this.#distant !== undefined) {
      const [verb, revision] = args as [BoundWrite['verb'], string]
      const bound = { verb, user, key, revision, createdAt: fields.createdAt, call }
      return this.#distant.store(bound, () => writeRecord(this.#primary, [key], call, args, 'expected'))
    }
    const written = await this.#write([key, user], call, [...args, ...joinArguments(fields, call)])
    const { reply, ended } = joined(written.reply, call)
    for (const each of ended) {
      this.#deadlines.forget(each)
      this.#journal?.ended(each, tombstone('destroyed', args[1] as string), written.origin)
    }
    return { ...written, reply }
  }

  /** A write after which the session is listed no more. */
  async #leaving(key: string, user: string | undefined, call: Call, args: Argument[]): Promise<Written> {
    const written = await this.#write(this.#keysOf(key, user), call, args)
    if (written.reply === DONE && user !== undefined) await this.#distant?.forget(user, [[KINDS.over, key]])
    return written
  }

  #write(keys: readonly string[], call: Call, args: Argument[]): Promise<Written> {
    // Of a login, and of what has to go for it, all must have heard: as of a logout.
    return writeRecord(this.#primary, keys, call, args, keys.length > 1 ? 'expected' : undefined)
  }

  #remembered(): Remembered {
    return {
      joined: (user, key, createdAt, listed, origin) => this.#journal?.joined(user, key, createdAt, listed, origin),
      ended: (key, tombstone, origin) => {
        this.#deadlines.forget(key)
        this.#journal?.ended(key, tombstone, origin)
      },
    }
  }

  #gone(key: string): Replaced {
    this.#deadlines.forget(key)
    return { outcome: 'gone' }
  }

  #changed(key: string, value: Buffer): StoredRecord {
    const record = nativeLayout.unpack(value)
    record.expiresAt = this.#deadlines.get(key) ?? 0
    return record
  }
}

function tombstoneOf(ending: Ending, revision: string): string {
  return ending.kind === 'destroyed'
    ? tombstone('destroyed', revision)
    : tombstone('retired', revision, latestOf(ending.base.revisions))
}
