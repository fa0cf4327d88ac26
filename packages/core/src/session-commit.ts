/**
 * One commit of a stored session: what changed, merged with what others stored, under the sid that the session gets or has by now. When
 * another request renewed the sid meanwhile, the commit follows the signpost.
 */
import { type About, joinAbout, splitAbout } from './about.ts'
import type { StoredRecord } from './backend.ts'
import type { Change, Committed } from './commit-queue.ts'
import type { Draft } from './draft.ts'
import { gone } from './gone.ts'
import { type Data, type Merged, merge } from './merge.ts'
import { MOST_SIGNPOSTS, SessionMoved, signpost } from './signpost.ts'
import type { Surroundings } from './surroundings.ts'
import type { PendingBinding } from './users/binding.ts'

export type SessionWrite = 'replace' | 'regenerate' | 'renew'

/** What the session was before the commit. */
export interface Stored {
  key: string
  base: StoredRecord
  about: About
  /** The draft began with the very values of the base: neither migrated nor checked by a schema. */
  areAsLoaded: boolean
  /** The values as they were loaded. */
  untouched(): Promise<Data>
}

export class SessionCommit {
  readonly #around: Surroundings
  readonly #stored: Stored
  readonly #draft: Draft
  readonly #change: Change
  readonly write: SessionWrite
  readonly binding: PendingBinding | undefined
  /** The values that are to be stored. */
  readonly mine: Data
  /** Where the session is after the commit, unless it got a fresh sid. */
  key: string
  /** After the commit: the new sid, if it got one. */
  freshSid: string | undefined
  /** After the commit: what the record says beside the values. */
  about: About

  constructor(
    around: Surroundings,
    stored: Stored,
    draft: Draft,
    write: SessionWrite,
    { expiresAt, until, binding }: Pick<Change, 'expiresAt' | 'until'> & { binding: PendingBinding | undefined },
    chosenSid?: string,
  ) {
    const { storage, policy, clock, call } = around
    this.#around = around
    this.#stored = stored
    this.#draft = draft
    this.key = stored.key
    this.write = write
    this.binding = binding
    this.mine = draft.snapshot()
    this.about = aboutOver(stored.about, around, write !== 'replace')
    const mine = joinAbout(this.mine, this.about)
    const mergeOnto = (theirs: Data): Promise<Merged> => this.#mergeOnto(theirs)
    const touched = stored.areAsLoaded ? draft.touched() : undefined
    this.#change = { base: stored.base, mine, touched, expiresAt, until, mergeOnto, call }
    if (binding !== undefined) this.#change.binding = { ...binding, ...policy.users }
    if (write === 'replace') return
    this.#change.freshKey = async () => {
      this.freshSid = chosenSid ?? storage.layout.newSid()
      return storage.keyOf(this.freshSid)
    }
    if (write === 'regenerate') return
    this.#change.signpost = to => signpost(storage, stored.key, stored.base, to, clock.now() + policy.graceMs)
  }

  /** Rejects as `CommitQueue.commit`. */
  send(signposts = 0): Promise<Committed> {
    return this.#around.storage.commits.commit(this.key, this.#change).catch(error => {
      if (!(error instanceof SessionMoved)) throw error
      if (signposts === MOST_SIGNPOSTS) throw gone()
      this.#follow(error.to)
      return this.send(signposts + 1)
    })
  }

  /** Goes on where the session lives now. Who wanted to renew it came too late. */
  #follow(key: string): void {
    this.key = key
    if (this.#change.signpost === undefined) return
    delete this.#change.signpost
    delete this.#change.freshKey
    this.freshSid = undefined
  }

  async #mergeOnto(stored: Data): Promise<Merged> {
    const { shape, policy, clock } = this.#around
    const { about, values } = splitAbout(stored)
    const { movedTo, until = 0 } = about
    if (movedTo !== undefined) {
      if (movedTo !== '' && until > clock.now()) throw new SessionMoved(movedTo)
      throw gone()
    }
    this.about = aboutOver(about, this.#around, this.#change.freshKey !== undefined)
    const { values: theirs } = await shape.look(shape.upgrade(values, about.version ?? 0))
    const base = await this.#stored.untouched()
    const merged = merge({
      base: this.#draft.survivors(base),
      mine: this.mine,
      theirs: this.#draft.survivors(theirs),
      updates: this.#draft.rerunnable(base),
      onConflict: policy.onConflict,
    })
    return { ...merged, data: joinAbout(merged.data, this.about) }
  }
}

/** What a record says beside its values once this program has written it; `moves`: under a new sid. */
export function aboutOver(stored: About, { shape, policy, clock }: Surroundings, moves: boolean): About {
  const { version = 0 } = stored
  if (!moves && (shape.version ?? version) === version) return stored
  const about = { ...stored }
  if (shape.version !== undefined) {
    if (shape.version > 0) about.version = shape.version
    else delete about.version
  }
  if (moves && policy.renewAfterMs < Number.POSITIVE_INFINITY) about.since = clock.now()
  return about
}
