/** The first commit of a session: its values, under a sid that nobody has. */
import { type About, joinAbout } from './about.ts'
import type { Call, Fields, StoredRecord } from './backend.ts'
import type { Draft } from './draft.ts'
import type { Data } from './merge.ts'
import { aboutOver } from './session-commit.ts'
import type { Surroundings } from './surroundings.ts'
import type { PendingBinding } from './users/binding.ts'

export class SessionCreation {
  /** The values that are to be stored. */
  readonly values: Data
  /** What the record says beside them. */
  readonly about: About
  readonly binding: PendingBinding | undefined
  readonly #around: Surroundings
  /** All but the body. */
  readonly #fields: Fields
  readonly #call: Call

  constructor(
    around: Surroundings,
    draft: Draft,
    times: Pick<Fields, 'createdAt' | 'expiresAt'>,
    binding: PendingBinding | undefined,
  ) {
    const { storage, policy, call } = around
    const { redo } = storage
    this.values = draft.snapshot()
    this.about = aboutOver({}, around, false)
    this.binding = binding
    this.#around = around
    if (binding === undefined) {
      this.#fields = { ...times, body: '' }
      this.#call = { ...call, redo }
    } else {
      const until = times.createdAt + policy.absoluteMs
      this.#fields = { ...times, body: '', user: binding.user }
      this.#call = { ...call, redo, bind: { ...binding, ...policy.users }, until }
    }
  }

  /** Null: the sid was taken. Throws or rejects with what the codec or the backend says. */
  send(key: string): Promise<StoredRecord | null> {
    const { storage } = this.#around
    const create = (body: Fields['body']): Promise<StoredRecord | null> => {
      this.#fields.body = body
      return storage.backend.create(key, this.#fields, this.#call)
    }
    const body = storage.encode(key, joinAbout(this.values, this.about), this.#fields)
    return body instanceof Promise ? body.then(create) : create(body)
  }
}
