/** The stored side of a session: its sid and its record, and how changes of the draft get into the store. */
import { type About, splitAbout } from './about.ts'
import type { StoredRecord } from './backend.ts'
import type { Awaitable } from './codec.ts'
import { copyOf } from './copy-value.ts'
import { destroyed } from './destroyed.ts'
import type { Draft } from './draft.ts'
import { endSession } from './end-session.ts'
import { SessionError } from './errors.ts'
import { notify, type RequestEvent } from './events.ts'
import { findSession, isOver } from './find-session.ts'
import type { Data } from './merge.ts'
import type { LiveOrigin } from './origin.ts'
import { SessionCommit, type SessionWrite } from './session-commit.ts'
import { SessionCreation } from './session-creation.ts'
import { type View, whole } from './shape.ts'
import { handleOf } from './sid.ts'
import type { Surroundings } from './surroundings.ts'
import { type BindOptions, type PendingBinding, pendingBinding } from './users/binding.ts'
import { userIndexOf } from './users/user-sessions.ts'

/** How often a fresh sid may be found taken before the random source is called broken. */
const SID_TRIES = 3

export class KeptSession {
  readonly #around: Surroundings
  #sid: string | undefined
  /** Where the record is: of the sid, or while that is an old one, of the sid that replaced it. */
  #key: string | undefined
  #about: About = {}
  /** The values as `migrate` left them, which only it can make of what is stored. */
  #migrated: Data | undefined
  #binding: PendingBinding | undefined
  /** No schema looked at them, and `migrate` left them alone. */
  #areAsLoaded = false
  /** Null: nothing is stored. */
  record: StoredRecord | null = null
  /** The visitor does not have the cookie of this sid yet. */
  cookieDue = false
  /** The sid was renewed by another request. */
  superseded = false
  /** The deadline was moved by this request. */
  extended = false

  constructor(around: Surroundings) {
    this.#around = around
  }

  begin({ sid, found, upgraded, view }: LiveOrigin): void {
    this.#sid = sid
    this.#key = found.key
    this.#about = found.about
    this.#migrated = upgraded === found.values ? undefined : (copyOf(upgraded) as Data)
    this.#areAsLoaded = view.values === found.values
    this.record = found.record
    this.superseded = found.superseded
  }

  /** A fresh one, unless the session has its own. */
  get sid(): string {
    this.#sid ??= this.#around.storage.layout.newSid()
    return this.#sid
  }

  set sid(sid: string) {
    this.#sid = sid
    this.#key = undefined
  }

  /** Of an old sid: that of the session, as it is listed. */
  get id(): string {
    return this.superseded ? this.#around.storage.handleOf(this.#key!) : handleOf(this.sid)
  }

  /** Epoch ms since when the sid is in use; null until stored. */
  get sidSince(): number | null {
    return this.record === null ? null : (this.#about.since ?? this.record.createdAt)
  }

  /** Epoch ms, of what is stored. */
  get absoluteDeadline(): number {
    return this.record!.createdAt + this.#around.policy.absoluteMs
  }

  /** With the next commit it becomes a session of this user. */
  bind(userId: string, about: BindOptions, regenerates: boolean): void {
    const { storage } = this.#around
    userIndexOf(storage.backend)
    const binding = pendingBinding(storage.userOf(userId), about)
    const owner = this.record?.user ?? binding.user
    if (owner !== binding.user && !regenerates) {
      const message = 'The session belongs to another user. regenerate() comes first: a sid never changes its user.'
      throw new SessionError('ERR_SESSION_OWNER', message)
    }
    this.#binding = binding
  }

  get isBinding(): boolean {
    return this.#binding !== undefined
  }

  deadline(createdAt: number): number {
    const { clock, policy } = this.#around
    return Math.min(clock.now() + policy.idleMs, createdAt + policy.absoluteMs)
  }

  /** The values as they were loaded or last stored; objects of their own. */
  async untouched(): Promise<Data> {
    return (await this.#view()).values
  }

  /** True when it is stored; it rejects where it is not. */
  async create(draft: Draft): Promise<true> {
    const createdAt = this.#around.clock.now()
    const times = { createdAt, expiresAt: this.deadline(createdAt) }
    const creation = new SessionCreation(this.#around, draft, times, this.#binding)
    for (let tries = 1; tries <= SID_TRIES; tries++) {
      const key = this.#ownKey()
      const record = await creation.send(typeof key === 'string' ? key : await key)
      if (record !== null) {
        this.#created(draft, creation, record)
        return true
      }
      this.#sid = undefined
      this.#key = undefined
    }
    throw new SessionError('ERR_SESSION_CONFLICT', 'Each new sid was taken already.')
  }

  #created(draft: Draft, { values, about, binding }: SessionCreation, record: StoredRecord): void {
    this.record = record
    this.#about = about
    this.cookieDue = true
    draft.settle(values, whole(values))
    this.emit({ type: 'created' })
    this.#bound(binding)
  }

  /** False: another request was faster to renew the sid. The changes are stored all the same. */
  async commit(draft: Draft, write: SessionWrite, chosenSid?: string): Promise<boolean> {
    const { onEvent } = this.#around.policy
    // To name it takes two hashes.
    const from = onEvent === undefined ? '' : this.id
    const key = this.#ownKey()
    const sending = this.#sending(typeof key === 'string' ? key : await key, draft, write, chosenSid)
    const committed = await sending.send()
    this.#follow(sending, from)
    for (const conflict of committed.conflicts) this.emit({ type: 'conflict', ...conflict })
    this.record = committed.record
    this.#about = sending.about
    this.#migrated = undefined
    this.extended = true
    draft.settle(sending.mine, committed.alone ? whole(sending.mine) : await this.#view())
    this.#bound(sending.binding)
    this.emit({ type: 'committed', attempts: committed.attempts, bytes: committed.record.body.length })
    return write !== 'renew' || sending.freshSid !== undefined
  }

  #sending(key: string, draft: Draft, write: SessionWrite, chosenSid: string | undefined): SessionCommit {
    const base = this.record!
    const stored = {
      key,
      base,
      about: this.#about,
      areAsLoaded: this.#areAsLoaded,
      untouched: () => this.untouched(),
    }
    const facts = { expiresAt: this.deadline(base.createdAt), until: this.absoluteDeadline, binding: this.#binding }
    return new SessionCommit(this.#around, stored, draft, write, facts, chosenSid)
  }

  /** To where the commit has put the session. */
  #follow({ write, key, freshSid }: SessionCommit, from: string): void {
    if (freshSid !== undefined) {
      this.sid = freshSid
      this.superseded = false
      this.cookieDue = true
      this.emit({ type: write === 'renew' ? 'renewed' : 'regenerated', from })
    } else if (key !== this.#key) {
      this.#key = key
      this.superseded = true
    }
  }

  async moveTo(sid: string, draft: Draft): Promise<void> {
    if (this.record !== null) {
      await this.commit(draft, 'regenerate', sid)
      return
    }
    this.sid = sid
    await this.create(draft)
    if (this.sid !== sid) throw new SessionError('ERR_SESSION_CONFLICT', 'The new sid was taken already.')
  }

  /** True, also where it was not stored any more. */
  async touch(): Promise<true> {
    const { storage, call } = this.#around
    const record = this.record!
    const expiresAt = this.deadline(record.createdAt)
    if (await storage.backend.touch(await this.#ownKey(), expiresAt, call)) {
      this.record = { ...record, expiresAt }
      this.extended = true
      this.emit({ type: 'touched' })
    }
    return true
  }

  async end(): Promise<void> {
    await this.#around.old?.end()
    if (this.record !== null) {
      const { storage, policy, clock, call } = this.#around
      const key = await this.#ownKey()
      if (policy.renewAfterMs === Number.POSITIVE_INFINITY) await storage.backend.end(key, destroyed(this.record), call)
      else await endSession(storage, key, this.record, call, clock.now())
    }
    this.emit({ type: 'destroyed' })
    this.record = null
  }

  /** Asks the store how the session ended, if it did; null while it lives, or nothing was stored. */
  async endedElsewhere(): Promise<'retired' | 'destroyed' | null> {
    if (this.record === null) return null
    const { storage, policy, clock, call } = this.#around
    const found = await findSession(storage, this.sid, clock.now(), { ...call, fresh: true })
    if (found === 'retired') return found
    return found === null || isOver(found.record, policy, clock.now()) ? 'destroyed' : null
  }

  /** The handler may have bound it anew while it was stored. */
  #bound(binding: PendingBinding | undefined): void {
    if (binding === undefined) return
    if (this.#binding === binding) this.#binding = undefined
    this.emit({ type: 'bound' })
  }

  emit(event: WithoutId<RequestEvent>): void {
    const { onEvent } = this.#around.policy
    if (onEvent !== undefined) notify(onEvent, { id: this.id, ...event } as RequestEvent)
  }

  #ownKey(): Awaitable<string> {
    if (this.#key !== undefined) return this.#key
    const keep = (key: string): string => {
      this.#key = key
      return key
    }
    const key = this.#around.storage.keyOf(this.sid)
    return typeof key === 'string' ? keep(key) : key.then(keep)
  }

  async #view(): Promise<View> {
    const { storage, shape } = this.#around
    if (this.#migrated !== undefined) return shape.look(copyOf(this.#migrated) as Data)
    return shape.look(splitAbout(await storage.decode(await this.#ownKey(), this.record!)).values)
  }
}

type WithoutId<E> = E extends RequestEvent ? Omit<E, 'id'> : never
