/** The stored side of a session: its sid and its record, and how changes of the draft get into the store. */
import type { Call, StoredRecord } from './backend.ts'
import type { Clock } from './clock.ts'
import type { Change } from './commit-queue.ts'
import type { Draft } from './draft.ts'
import { SessionError } from './errors.ts'
import { notify, type RequestEvent } from './events.ts'
import { merge } from './merge.ts'
import type { Policy } from './options.ts'
import { handleOf } from './sid.ts'
import type { Storage } from './storage.ts'
import { type BindOptions, type PendingBinding, pendingBinding } from './users/binding.ts'
import { userIndexOf } from './users/user-sessions.ts'

/** What a session needs from around it. */
export interface Surroundings {
  storage: Storage
  policy: Policy
  clock: Clock
  call: Call
}

/** How often a fresh sid may be found taken before the random source is called broken. */
const SID_TRIES = 3

export class KeptSession {
  readonly #around: Surroundings
  #sid: string | undefined
  #binding: PendingBinding | undefined
  /** Null: nothing is stored. */
  record: StoredRecord | null = null
  /** The visitor does not have the cookie of this sid yet. */
  cookieDue = false

  constructor(around: Surroundings) {
    this.#around = around
  }

  /** A fresh one, unless the session has its own. */
  get sid(): string {
    this.#sid ??= this.#around.storage.layout.newSid()
    return this.#sid
  }

  set sid(sid: string) {
    this.#sid = sid
  }

  get id(): string {
    return handleOf(this.sid)
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

  async create(draft: Draft): Promise<void> {
    const { storage, policy, clock, call } = this.#around
    const createdAt = clock.now()
    const data = draft.snapshot()
    const binding = this.#binding
    const header = binding === undefined ? { createdAt } : { createdAt, user: binding.user }
    const until = createdAt + policy.absoluteMs
    const bind = binding === undefined ? {} : { bind: { ...binding, ...policy.users }, until }
    for (let tries = 1; ; tries++) {
      const key = await storage.keyOf(this.sid)
      const body = await storage.encode(key, data, header)
      const fields = { ...header, expiresAt: this.deadline(createdAt), body }
      const record = await storage.backend.create(key, fields, { ...call, ...bind, redo: storage.redo })
      if (record !== null) {
        this.record = record
        this.cookieDue = true
        draft.settle(data, data)
        this.emit({ type: 'created' })
        this.#bound(binding)
        return
      }
      if (tries === SID_TRIES) throw new SessionError('ERR_SESSION_CONFLICT', 'Each new sid was taken already.')
      this.#sid = undefined
    }
  }

  async commit(draft: Draft, write: 'replace' | 'regenerate', chosenSid?: string): Promise<void> {
    const { storage, policy, call } = this.#around
    const base = this.record!
    const mine = draft.snapshot()
    const binding = this.#binding
    const from = this.id
    let key = await storage.keyOf(this.sid)
    let freshSid: string | undefined
    const change: Change = {
      base,
      mine,
      expiresAt: this.deadline(base.createdAt),
      until: base.createdAt + policy.absoluteMs,
      mergeOnto: (loaded, theirs) =>
        merge({
          base: draft.survivors(loaded),
          mine,
          theirs: draft.survivors(theirs),
          updates: draft.rerunnable(loaded),
          onConflict: policy.onConflict,
        }),
      call,
    }
    if (binding !== undefined) change.binding = { ...binding, ...policy.users }
    if (write === 'regenerate') {
      change.freshKey = async () => {
        freshSid = chosenSid ?? storage.layout.newSid()
        return storage.keyOf(freshSid)
      }
    }
    const committed = await storage.commits.commit(key, change)
    if (freshSid !== undefined) {
      this.sid = freshSid
      this.cookieDue = true
      key = await storage.keyOf(freshSid)
      this.emit({ type: 'regenerated', from })
    }
    for (const conflict of committed.conflicts) this.emit({ type: 'conflict', ...conflict })
    this.record = committed.record
    draft.settle(mine, committed.alone ? mine : await storage.decode(key, committed.record))
    this.#bound(binding)
    this.emit({ type: 'committed', attempts: committed.attempts, bytes: committed.record.body.length })
  }

  async moveTo(sid: string, draft: Draft): Promise<void> {
    if (this.record !== null) return this.commit(draft, 'regenerate', sid)
    this.sid = sid
    await this.create(draft)
    if (this.sid !== sid) throw new SessionError('ERR_SESSION_CONFLICT', 'The new sid was taken already.')
  }

  async touch(): Promise<void> {
    const { storage, call } = this.#around
    const record = this.record!
    const expiresAt = this.deadline(record.createdAt)
    if (await storage.backend.touch(await storage.keyOf(this.sid), expiresAt, call)) {
      this.record = { ...record, expiresAt }
      this.emit({ type: 'touched' })
    }
  }

  async end(): Promise<void> {
    if (this.record !== null) {
      const { storage, call } = this.#around
      const { user } = this.record
      const ending = { kind: 'destroyed', ...(user === undefined ? {} : { user }) } as const
      await storage.backend.end(await storage.keyOf(this.sid), ending, call)
    }
    this.emit({ type: 'destroyed' })
    this.record = null
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
}

type WithoutId<E> = E extends RequestEvent ? Omit<E, 'id'> : never
