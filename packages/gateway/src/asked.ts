/** A question, read with distrust: what is none of the port, or about another prefix, is refused before the store hears of it. */
import type { Binding, Call, Ending, Fields, StoredRecord } from '@sentinel-session/core'
import type { Body, Message } from './message.ts'
import { Refusal } from './refusal.ts'

type Unknown = Readonly<Record<string, unknown>>

/** What a record, its user and its key can hold without another meaning, in the native layout and in Redis. */
const NAME = /^[^\s"<>\\\p{Cc}]{1,512}$/u
const REVISION = /^[0-9a-z]{15}0$/
const REVISIONS = /^[0-9A-Za-z]{16}(?: [0-9A-Za-z]{16}){0,63}$/
const LONGEST_LABEL = 1_000
/** The last instant that a Date knows. */
const LAST_MS = 8.64e15

export class Asked {
  readonly #head: Unknown
  readonly #body: Body | undefined
  readonly #prefix: string

  constructor({ head, body }: Message, prefix: string) {
    this.#head = head
    this.#body = body
    this.#prefix = prefix
  }

  get verb(): unknown {
    return this.#head.verb
  }

  get key(): string {
    return this.#name(this.#head.key)
  }

  get user(): string {
    return this.#name(this.#head.user)
  }

  get exceptKey(): string | undefined {
    return this.#optional(this.#head.except, it => this.#name(it))
  }

  get expiresAt(): number {
    return instant(this.#head.expiresAt)
  }

  get fields(): Fields {
    if (this.#body === undefined) throw new Refusal('question')
    return { ...this.#header(this.#head.fields), body: this.#body }
  }

  get base(): StoredRecord {
    return this.#record(this.#head.base)
  }

  get ending(): Ending {
    const { kind, user, base } = object(this.#head.ending)
    if (kind === 'retired') return { kind, base: this.#record(base) }
    if (kind !== 'destroyed') throw new Refusal('question')
    return { kind, ...this.#owner(user) }
  }

  /** What a read or a touch needs. */
  get waiting(): Call {
    return { budget: { leftMs: count(this.#head.wait) } }
  }

  /** What a write needs. */
  get call(): Call {
    const { name, first, uncertain, again, bind, leaves, until } = this.#head
    const call: Call = { ...this.waiting, name: matching(REVISION, name) }
    if (first !== undefined) {
      call.tries = { first: matching(REVISION, first), uncertain: flag(uncertain) || flag(again) }
    }
    if (bind !== undefined) call.bind = this.#binding(object(bind))
    if (leaves !== undefined) call.leaves = flag(leaves)
    if (until !== undefined) call.until = instant(until)
    return call
  }

  #binding({ label, since, max, whenFull, from }: Unknown): Binding {
    const bind: Binding = {}
    if (label !== undefined) bind.label = text(label)
    if (since !== undefined) bind.since = count(since)
    if (max !== undefined) bind.max = count(max)
    if (from !== undefined) bind.from = this.#name(from)
    if (whenFull === 'end-oldest' || whenFull === 'reject') bind.whenFull = whenFull
    else if (whenFull !== undefined) throw new Refusal('question')
    return bind
  }

  /** Of a base only the revision and the user count: its values do not travel. */
  #record(value: unknown): StoredRecord {
    return { ...this.#header(value), revisions: matching(REVISIONS, object(value).revisions), body: '{}' }
  }

  #header(value: unknown): Omit<Fields, 'body'> {
    const { createdAt, expiresAt, user } = object(value)
    return { createdAt: count(createdAt), expiresAt: instant(expiresAt), ...this.#owner(user) }
  }

  #owner(user: unknown): { user?: string } {
    return user === undefined ? {} : { user: this.#name(user) }
  }

  #optional<X>(value: unknown, read: (value: unknown) => X): X | undefined {
    return value === undefined ? undefined : read(value)
  }

  /** A key, of a record or of the index of a user. */
  #name(value: unknown): string {
    const name = matching(NAME, value)
    if (!name.startsWith(this.#prefix)) throw new Refusal('prefix')
    return name
  }
}

function object(value: unknown): Unknown {
  if (typeof value !== 'object' || value === null) throw new Refusal('question')
  return value as Unknown
}

function matching(pattern: RegExp, value: unknown): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw new Refusal('question')
  return value
}

function text(value: unknown): string {
  if (typeof value !== 'string' || value.length > LONGEST_LABEL) throw new Refusal('question')
  return value
}

function flag(value: unknown): boolean {
  if (value !== undefined && typeof value !== 'boolean') throw new Refusal('question')
  return value === true
}

/** Milliseconds or a number of things: whole, and not negative. */
function count(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Refusal('question')
  return value as number
}

/** Epoch ms, which a clock may give in fractions. */
function instant(value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= LAST_MS)) throw new Refusal('question')
  return value
}
