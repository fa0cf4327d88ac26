/**
 * One commit per session is in flight in an instance. Those that wait are merged in memory and leave as one write, each
 * answered for itself; what another instance wrote meanwhile is merged in and tried again (PROTOCOL section 3).
 */
import type { Binding, Budget, Call, Fields, Replaced, StoredRecord } from './backend.ts'
import type { Awaitable } from './codec.ts'
import { destroyed } from './destroyed.ts'
import { isSessionError, SessionError } from './errors.ts'
import { gone } from './gone.ts'
import type { Data, Merged } from './merge.ts'
import type { Storage } from './storage.ts'
import type { PendingBinding } from './users/binding.ts'

/** What one request wants to be stored. */
export interface Change {
  base: StoredRecord
  mine: Data
  /** The keys of `mine` that may have other values than in `base`. None: any may. */
  touched?: ReadonlySet<string> | undefined
  expiresAt: number
  /** The absolute deadline, epoch ms. */
  until: number
  /** The user that it is to have, and what that depends on. */
  binding?: PendingBinding & Pick<Binding, 'max' | 'whenFull'>
  /** Merges this change into what is stored now; rejects with what its request is to be told. */
  mergeOnto(stored: Data): Promise<Merged>
  /** For a new sid: the key of the new record, another one at each try. The old record is retired. */
  freshKey?: () => Promise<string>
  /** For a renewal: what stands in the old record's place instead, and leads to the new one. */
  signpost?: (freshKey: string) => Promise<Fields>
  /** It must not leave together with others. */
  isAlone?: boolean
  call: Call
}

export interface Committed {
  record: StoredRecord
  /** How many times the store was asked. */
  attempts: number
  conflicts: Merged['conflicts']
  /** False: what is stored is not exactly `mine`. */
  alone: boolean
}

/** One that waits for its answer. */
class Waiting {
  readonly change: Change
  readonly since: number = performance.now()
  /** Leaves as a write of its own. */
  alone: boolean
  conflicts: Merged['conflicts'] = []
  readonly #resolve: (committed: Committed) => void
  readonly #reject: (error: unknown) => void

  constructor(change: Change, resolve: (committed: Committed) => void, reject: (error: unknown) => void) {
    this.change = change
    this.alone = change.freshKey !== undefined || change.binding !== undefined || change.isAlone === true
    this.#resolve = resolve
    this.#reject = reject
  }

  answer(committed: Committed): void {
    this.#spend()
    this.#resolve(committed)
  }

  fail(error: unknown): void {
    this.#spend()
    this.#reject(error)
  }

  #spend(): void {
    const { budget } = this.change.call
    if (budget !== undefined) budget.leftMs -= performance.now() - this.since
  }
}

/** Those that leave together as one write. */
interface Group {
  key: string
  waiting: Waiting[]
  /** What is written over. */
  current: StoredRecord
  /** How many times the store was asked. */
  attempts: number
  /** What is written is exactly what one request wants. */
  alone: boolean
  /** Of the new record, where the only one wants a new sid. */
  freshKey: string | undefined
  call: BudgetedCall
}

interface Combined {
  data: Data
  touched?: ReadonlySet<string> | undefined
}

type BudgetedCall = Call & { budget: Budget }

export class CommitQueue {
  readonly #storage: Storage
  readonly #waiting = new Map<string, Waiting[]>()

  constructor(storage: Storage) {
    this.#storage = storage
  }

  /** Rejects with `ERR_SESSION_DESTROYED`, `ERR_SESSION_CONFLICT`, or what the codec or the backend says. */
  commit(key: string, change: Change): Promise<Committed> {
    return new Promise((resolve, reject) => {
      const entry = new Waiting(change, resolve, reject)
      const queue = this.#waiting.get(key)
      if (queue !== undefined) {
        queue.push(entry)
        return
      }
      const fresh = [entry]
      this.#waiting.set(key, fresh)
      void this.#drain(key, fresh)
    })
  }

  async #drain(key: string, queue: Waiting[]): Promise<void> {
    let known: StoredRecord | undefined
    while (queue.length > 0) {
      const group = this.#group(key, takeGroup(queue), known)
      try {
        while (!answered(group, await this.#write(group))) await backOff(group)
        known = group.freshKey === undefined ? group.current : undefined
      } catch (error) {
        const { waiting } = group
        const isToBeSplit = waiting.length > 1 && isOnesOwnFault(error)
        if (isToBeSplit) queue.unshift(...waiting)
        for (const entry of waiting) {
          if (isToBeSplit) entry.alone = true
          else entry.fail(error)
        }
      }
    }
    this.#waiting.delete(key)
  }

  /** `known`: what is stored, if the group before told. */
  #group(key: string, waiting: Waiting[], known: StoredRecord | undefined): Group {
    const { base, until, binding } = waiting[0]!.change
    const call: BudgetedCall = { budget: sharedBudget(waiting), redo: this.#storage.redo, tries: {}, until }
    if (binding !== undefined) call.bind = binding
    return { key, waiting, current: known ?? base, attempts: 0, alone: false, freshKey: undefined, call }
  }

  /** Asks the store once; null: nobody of the group is left. What it throws or rejects with is the answer to all that are. */
  #write(group: Group): Promise<Replaced | null> {
    group.attempts += 1
    const { waiting, current } = group
    const { base, freshKey } = waiting[0]!.change
    const isMerge = waiting.length > 1 || base.revisions !== current.revisions
    const combined = isMerge ? this.#merge(group) : asWanted(waiting[0]!)
    if (combined instanceof Promise || freshKey !== undefined) return this.#writeLater(group, combined)
    return this.#send(group, combined)
  }

  async #writeLater(group: Group, combined: Awaitable<Combined>): Promise<Replaced | null> {
    const ready = await combined
    const [first] = group.waiting
    if (first === undefined) return null
    group.freshKey = await first.change.freshKey?.()
    return this.#send(group, ready)
  }

  #send(group: Group, { data, touched }: Combined): Promise<Replaced> {
    const { key, waiting, current, freshKey } = group
    group.alone = waiting.length === 1 && data === waiting[0]!.change.mine
    const fields = fieldsOf(current, waiting)
    const carryOut = (body: Fields['body']): Promise<Replaced> => {
      fields.body = body
      return this.#carryOut(group, fields)
    }
    const body = this.#storage.encode(freshKey ?? key, data, fields, current, touched)
    return body instanceof Promise ? body.then(carryOut) : carryOut(body)
  }

  #carryOut({ key, waiting, current, freshKey, call }: Group, fields: Fields): Promise<Replaced> {
    if (freshKey === undefined) return this.#storage.backend.replace(key, current, fields, call)
    const { signpost } = waiting[0]!.change
    if (signpost === undefined) return this.#regenerate(key, freshKey, current, fields, call)
    return this.#renew(key, freshKey, current, fields, call, signpost)
  }

  /** Entries that cannot be merged are answered and leave the group. */
  async #merge(group: Group): Promise<Combined> {
    const { key, waiting, current } = group
    let data: Data | undefined
    for (const entry of [...waiting]) {
      const { base, mine, mergeOnto } = entry.change
      try {
        if (base.user !== current.user && entry.change.binding?.user !== current.user)
          throw new SessionError('ERR_SESSION_CONFLICT', 'The session changed its user.')
        if (data === undefined && base.revisions === current.revisions) {
          data = mine
          entry.conflicts = []
          continue
        }
        data ??= await this.#storage.decode(key, current)
        const merged = await mergeOnto(data)
        data = merged.data
        entry.conflicts = merged.conflicts
      } catch (error) {
        entry.fail(error)
        waiting.splice(waiting.indexOf(entry), 1)
      }
    }
    return { data: data! }
  }

  /**
   * Creates the new record, then retires the old one if it is still the base; where one place has both, they leave in one batch, in
   * this order. One that has a user may be refused: then the old one is retired only when it is there. If the old one was not the base,
   * the new record is destroyed. If the store could not be asked, it may stay until it expires: nobody has its sid.
   */
  async #regenerate(oldKey: string, newKey: string, base: StoredRecord, fields: Fields, call: BudgetedCall) {
    const { backend } = this.#storage
    const creating = this.#createSuccessor(oldKey, newKey, base, fields, call)
    if (fields.user !== undefined && (await creating) === null) throw takenSid()
    // Where both wait at the same time, that is spent once.
    const budget = { ...call.budget }
    const [created, retired] = await Promise.allSettled([
      creating,
      backend.end(oldKey, { kind: 'retired', base }, { ...call, budget, after: creating }),
    ])
    call.budget.leftMs = Math.min(call.budget.leftMs, budget.leftMs)
    if (created.status === 'rejected') throw created.reason
    if (created.value === null) throw takenSid()
    if (retired.status === 'rejected') throw retired.reason
    return this.#moved(newKey, created.value, retired.value, call)
  }

  /** As a regenerate, but one after the other: from the moment that the signpost stands, others follow it to the new record. */
  async #renew(
    oldKey: string,
    newKey: string,
    base: StoredRecord,
    fields: Fields,
    call: Call,
    signpostTo: NonNullable<Change['signpost']>,
  ) {
    const { backend } = this.#storage
    const signpost = await signpostTo(newKey)
    const created = await this.#createSuccessor(oldKey, newKey, base, fields, call)
    if (created === null) throw takenSid()
    // Each try leads to another key: what an earlier one stored is not this one.
    const { bind: _, ...beside } = call
    const left = await backend.replace(oldKey, base, signpost, { ...beside, tries: {}, leaves: true })
    return this.#moved(newKey, created, left, call)
  }

  /** That of a session with a user goes with its place in the index. */
  #createSuccessor(oldKey: string, newKey: string, base: StoredRecord, fields: Fields, call: Call) {
    const { backend } = this.#storage
    if (fields.user === undefined) return backend.create(newKey, fields, call)
    const from = fields.user === base.user ? { from: oldKey } : {}
    return backend.create(newKey, fields, { ...call, bind: { ...call.bind, ...from } })
  }

  async #moved(newKey: string, created: StoredRecord, left: Replaced, call: Call): Promise<Replaced> {
    if (left.outcome === 'ok') return { outcome: 'ok', record: created }
    await this.#storage.backend.end(newKey, destroyed(created), call)
    return left
  }
}

/** Nothing came between. */
function asWanted(entry: Waiting): Combined {
  entry.conflicts = []
  return { data: entry.change.mine, touched: entry.change.touched }
}

/** False: somebody wrote meanwhile. Throws `ERR_SESSION_DESTROYED` where nothing is stored any more. */
function answered(group: Group, written: Replaced | null): boolean {
  if (written === null) return true
  if (written.outcome === 'gone') throw gone()
  group.current = written.outcome === 'ok' ? written.record! : written.current
  if (written.outcome === 'changed') return false
  const { waiting, current: record, attempts, alone } = group
  for (const entry of waiting) entry.answer({ record, attempts, conflicts: entry.conflicts, alone })
  return true
}

/** All but the body. */
function fieldsOf({ createdAt, user }: StoredRecord, waiting: readonly Waiting[]): Fields {
  const owner = waiting[0]!.change.binding?.user ?? user
  let expiresAt = 0
  for (const { change } of waiting) expiresAt = Math.max(expiresAt, change.expiresAt)
  return owner === undefined ? { createdAt, expiresAt, body: '' } : { createdAt, expiresAt, body: '', user: owner }
}

function takenSid(): SessionError {
  return new SessionError('ERR_SESSION_CONFLICT', 'A new sid was taken already.')
}

/** All that wait, up to the first that goes alone. */
function takeGroup(queue: Waiting[]): Waiting[] {
  const lone = queue.findIndex(entry => entry.alone)
  return queue.splice(0, lone === -1 ? queue.length : Math.max(lone, 1))
}

/** One too large a change must not fail those that happened to leave with it. */
function isOnesOwnFault(error: unknown): boolean {
  return isSessionError(error, 'ERR_SESSION_TOO_LARGE') || isSessionError(error, 'ERR_SESSION_VALUE')
}

/** What the most patient of them has left after its time in the queue. */
function sharedBudget(waiting: readonly Waiting[]): Budget {
  const now = performance.now()
  let leftMs = Number.NEGATIVE_INFINITY
  for (const { change, since } of waiting)
    leftMs = Math.max(leftMs, (change.call.budget?.leftMs ?? Infinity) - (now - since))
  return { leftMs }
}

/** Others write the same session: try at once a few times, then with a jittered pause, until the budget ends. */
async function backOff({ attempts, call: { budget } }: Group): Promise<void> {
  if (budget.leftMs <= 0) {
    throw new SessionError('ERR_SESSION_CONFLICT', 'Other requests kept changing the session until the budget ended.')
  }
  if (attempts < 3) return
  const ms = Math.random() * Math.min(2 ** attempts, 50)
  budget.leftMs -= ms
  await new Promise(resolve => setTimeout(resolve, ms))
}
