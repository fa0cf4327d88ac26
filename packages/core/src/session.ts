/** A session as a handler holds it: reads and changes go to the draft; `save`, `destroy` and the end of the request to the store. */
import type { Awaitable } from './codec.ts'
import { dataView } from './data-view.ts'
import { Draft } from './draft.ts'
import { isSessionError, SessionError } from './errors.ts'
import { KeptSession } from './kept-session.ts'
import { emptyData } from './merge.ts'
import type { Origin } from './origin.ts'
import { type CommitPlan, planSave, type SessionState } from './plan-commit.ts'
import type { DefaultData, Key, Reads, RegenerateOptions, SessionStore } from './session-store.ts'
import { type View, whole } from './shape.ts'
import type { Surroundings } from './surroundings.ts'
import type { BindOptions } from './users/binding.ts'

const NOTHING: View = Object.freeze(whole(emptyData()))

/** What the manager does with a session, and a handler must not: the functions of the class. */
// biome-ignore lint/suspicious/noExplicitAny: whatever its values are
type Any = Session<any, any>

export class Session<T extends object = DefaultData, R extends Partial<T> = Reads<T>> implements SessionStore<T, R> {
  readonly #around: Surroundings
  #draft: Draft
  #status: SessionStore['status'] | 'unread' = 'live'
  readonly #kept: KeptSession
  #read: (() => Promise<Origin>) | undefined
  #view: R | undefined
  /** The handler asked anything of it: what the response says may depend on the cookie (CVE-2023-30861). */
  #accessed = false
  #sealed = false
  #changedLate = false
  #endedElsewhere = false
  #deliver: (() => Promise<void>) | undefined
  /** Saves of one session object run one after the other. */
  #running: Promise<unknown> | undefined

  constructor(around: Surroundings, origin: Origin) {
    this.#around = around
    this.#kept = new KeptSession(around)
    this.#draft = this.#begin(origin)
  }

  /** Nothing is stored, as far as is known, and nobody has asked. */
  static isUntouched(session: Any): boolean {
    return !session.#accessed && session.#kept.record === null
  }

  static stateOf(session: Any): Awaitable<SessionState> {
    return session.#state()
  }

  /** False: the cookie that was planned must not leave, since another request was faster to renew the sid. */
  static write(session: Any, write: CommitPlan['write']): Promise<boolean> {
    return session.#serially(() => session.#write(write))
  }

  /** Epoch ms: the absolute deadline of what is stored. */
  static absoluteDeadlineOf(session: Any): number {
    return session.#kept.absoluteDeadline
  }

  /** The head has left: later changes are not saved by the request. */
  static seal(session: Any): void {
    session.#sealed = true
  }

  /** Beego's regenerate, under a sid that the caller chose: done at once, and stored even when empty. */
  static moveTo(session: Any, sid: string): Promise<void> {
    return session.#serially(() => session.#kept.moveTo(sid, session.#draft))
  }

  /** From now on `save` and `destroy` end with this: the commit of an exchange. */
  static deliver(session: Any, commit: () => Promise<void>): void {
    session.#deliver = commit
  }

  get<K extends Key<T>>(key: K): R[K] {
    return this.#readable().get(key) as R[K]
  }

  set<K extends Key<T>>(key: K, value: T[K]): void {
    this.#writable().set(key, value)
  }

  delete(key: Key<T>): void {
    this.#writable().delete(key)
  }

  flush(): void {
    this.#writable().flush()
  }

  has(key: Key<T>): boolean {
    return this.#readable().has(key)
  }

  keys(): readonly Key<T>[] {
    return this.#readable().keys() as Key<T>[]
  }

  update<K extends Key<T>>(key: K, change: (now: R[K]) => T[K]): void {
    this.#writable().update(key, change as (now: unknown) => unknown)
  }

  flash<K extends Key<T>>(key: K): R[K]
  flash<K extends Key<T>>(key: K, value: T[K]): void
  flash<K extends Key<T>>(key: K, ...value: [T[K]?]): R[K] | undefined {
    if (value.length > 0) {
      this.#writable().leaveFlash(key, value[0])
      return undefined
    }
    return this.#readable().takeFlash(key) as R[K]
  }

  bind(userId: string, about: BindOptions = {}): void {
    const draft = this.#writable()
    this.#kept.bind(userId, about, draft.regenerates)
  }

  get data(): R {
    this.#view ??= dataView(this as SessionStore) as R
    return this.#view
  }

  get id(): string {
    this.#accessed = true
    return this.#kept.id
  }

  get isNew(): boolean {
    this.#accessed = true
    return this.#kept.record === null && this.#status === 'live'
  }

  get status(): SessionStore['status'] {
    this.#accessed = true
    return this.#status === 'unread' ? 'live' : this.#status
  }

  get expiresAt(): number | null {
    this.#accessed = true
    return this.#kept.record?.expiresAt ?? null
  }

  sessionId(): string {
    this.#readable()
    return this.#kept.sid
  }

  async sessionRelease(): Promise<void> {
    if (this.#status !== 'destroyed') await this.save()
  }

  async load(): Promise<this> {
    const read = this.#read
    if (read !== undefined) {
      await this.#serially(async () => {
        if (this.#read === undefined) return
        this.#draft = this.#begin(await read())
        this.#read = undefined
      })
    }
    return this
  }

  async verify(): Promise<void> {
    this.#readable()
    if (this.#status === 'degraded') {
      throw new SessionError('ERR_BACKEND_UNAVAILABLE', 'The store could not be asked for this session.', {
        retryAfter: 1,
      })
    }
    await this.#serially(async () => {
      const ended = this.#status === 'retired' ? 'retired' : await this.#kept.endedElsewhere()
      if (ended === null) return
      this.#status = ended
      this.#endedElsewhere = true
      this.#draft = this.#draftOf(NOTHING)
      const how = ended === 'retired' ? 'its sid was replaced' : 'it was ended, or has expired'
      throw new SessionError('ERR_SESSION_DESTROYED', `The session lives no longer: ${how}.`)
    })
  }

  async save(): Promise<void> {
    if (this.#status === 'unread') return
    this.#readable()
    if (this.#deliver !== undefined) return this.#deliver()
    await this.#serially(async () => {
      const state = await this.#state()
      if (state.status !== 'live') return
      const write = planSave(state, this.#around.policy)
      if (this.#sealed && (write === 'create' || write === 'regenerate')) {
        const message = 'The response head has left: the cookie of a new sid can no longer be sent.'
        throw new SessionError('ERR_SESSION_READ_ONLY', message)
      }
      await this.#write(write)
    })
  }

  regenerate({ keep = 'all' }: RegenerateOptions<T> = {}): void {
    if (keep !== 'all' && keep !== 'none' && !Array.isArray(keep)) {
      const message = "regenerate: keep must be 'all', 'none' or a list of keys."
      throw new SessionError('ERR_CONFIG_OPTION', message, { field: 'keep' })
    }
    this.#writable().regenerate(keep)
  }

  async destroy(): Promise<void> {
    if (this.#status === 'destroyed') return
    this.#writable()
    await this.#serially(async () => {
      await this.#kept.end()
      this.#status = 'destroyed'
    })
    await this.#deliver?.()
  }

  toJSON(): unknown {
    return { id: this.id, status: this.status, isNew: this.isNew, expiresAt: this.expiresAt }
  }

  #begin(origin: Origin): Draft {
    this.#status = origin.status === 'new' ? 'live' : origin.status
    if (origin.status === 'unread') this.#read = origin.read
    if ('sid' in origin) this.#kept.sid = origin.sid
    if (origin.status !== 'live') return this.#draftOf(NOTHING)
    this.#kept.begin(origin)
    return this.#draftOf(origin.view)
  }

  #draftOf(view: View): Draft {
    const { storage, shape } = this.#around
    return new Draft(storage.codec, view, shape.defaults)
  }

  #readable(): Draft {
    this.#accessed = true
    if (this.#status === 'unread') {
      throw new SessionError('ERR_SESSION_NOT_LOADED', "With load: 'lazy', await session.load() comes first.")
    }
    if (this.#status === 'destroyed') throw new SessionError('ERR_SESSION_DESTROYED', 'The session was destroyed.')
    return this.#draft
  }

  #writable(): Draft {
    const draft = this.#readable()
    if (this.#status !== 'live') {
      const why =
        this.#status === 'retired' ? 'its sid was replaced by another request' : 'the store could not be asked'
      throw new SessionError('ERR_SESSION_READ_ONLY', `The session is empty and read-only: ${why}.`)
    }
    if (this.#sealed && !this.#changedLate) {
      this.#changedLate = true
      this.#kept.emit({ type: 'changed-late' })
    }
    return draft
  }

  /** At once, unless it takes a fresh decoding to tell what changed. */
  #state(): Awaitable<SessionState> {
    const draft = this.#draft
    if (!draft.maybeChanged()) return this.#stateWhere(false)
    if (this.#kept.record === null || !draft.needsBase) return this.#stateWhere(draft.changed())
    return this.#kept.untouched().then(base => this.#stateWhere(draft.changed(base)))
  }

  #stateWhere(changed: boolean): SessionState {
    const record = this.#kept.record
    const draft = this.#draft
    const now = this.#around.clock.now()
    return {
      status: this.#status === 'unread' ? 'live' : this.#status,
      stored: record !== null,
      changed: changed || this.#kept.isBinding,
      empty: draft.isEmpty && !this.#kept.isBinding,
      regenerates: draft.regenerates,
      sidSince: this.#kept.sidSince,
      now,
      superseded: this.#kept.superseded,
      expiresAt: record?.expiresAt ?? null,
      nextExpiresAt: this.#kept.deadline(record?.createdAt ?? now),
      extended: this.#kept.extended,
      accessed: this.#accessed,
      cookieDue: this.#kept.cookieDue,
      cookieHeld: !this.#endedElsewhere,
    }
  }

  #write(write: CommitPlan['write']): Promise<boolean> {
    return this.#store(write).catch(error => {
      if (isSessionError(error)) this.#kept.emit({ type: 'failed', error })
      throw error
    })
  }

  #store(write: CommitPlan['write']): Promise<boolean> {
    if (write === 'none') return Promise.resolve(true)
    if (write === 'create') return this.#kept.create(this.#draft)
    return write === 'touch' ? this.#kept.touch() : this.#kept.commit(this.#draft, write)
  }

  #serially<X>(work: () => Promise<X>): Promise<X> {
    const run = this.#running === undefined ? work() : this.#running.then(work, work)
    this.#running = run
    return run
  }
}
