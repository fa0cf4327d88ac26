/** What a verb sends: one or two commands that stay together in a batch, and who waits for the replies. */
import type { Budget } from '@sentinel-session/core'
import type { Origin } from './journal.ts'
import type { Durability } from './quorum.ts'
import { Redirection } from './redirection.ts'
import { SHARED_SCRIPT, SHARED_SHA } from './shared-script.ts'
import { WRITE_SCRIPT, WRITE_SHA } from './write-script.ts'

const SCRIPTS: ReadonlyMap<unknown, string> = new Map([
  [WRITE_SHA, WRITE_SCRIPT],
  [SHARED_SHA, SHARED_SCRIPT],
])

export type Argument = string | Buffer | number
export type Reply = Buffer | number | null | readonly Reply[]

/** What is sent together, and what must be true before it is answered. */
export interface Sending {
  /** Sent next to each other; the replies come in this order. */
  parts: readonly (readonly Argument[])[]
  /** Which replicas must have what was done. */
  durability: Durability
  /** Whether these replies say that something was done. What was refused needs no replica. */
  isDone(replies: readonly Reply[]): boolean
}

export interface Sent {
  replies: readonly Reply[]
  /** The first of them. */
  reply: Reply
  /** Who has what was done. */
  origin: Origin
  /** An attempt before the one that was answered may have been executed. */
  uncertain: boolean
}

export class Command {
  readonly parts: Sending['parts']
  readonly durability: Durability
  readonly since: number = performance.now()
  readonly deadline: number
  /** An earlier attempt may have been executed. */
  uncertain = false
  readonly #isDone: Sending['isDone']
  readonly #budget: Budget | undefined
  readonly #resolve: (sent: Sent) => void
  readonly #reject: (error: Error) => void

  constructor(
    { parts, durability, isDone }: Sending,
    budget: Budget | undefined,
    longestWaitMs: number,
    resolve: (sent: Sent) => void,
    reject: (error: Error) => void,
  ) {
    this.parts = parts
    this.durability = durability
    this.#isDone = isDone
    this.#budget = budget
    this.deadline = this.since + Math.min(budget?.leftMs ?? longestWaitMs, longestWaitMs)
    this.#resolve = resolve
    this.#reject = reject
  }

  /** Something was done that replicas must have before it is answered. */
  mustBeCovered(replies: readonly Reply[]): boolean {
    return this.durability !== 'none' && this.#isDone(replies)
  }

  /** Where what was done is stored now. */
  answer(replies: readonly Reply[], origin: Origin): void {
    this.#spend()
    this.#resolve({ replies, reply: replies[0]!, origin, uncertain: this.uncertain })
  }

  fail(error: Error): void {
    this.#spend()
    if (error instanceof Redirection) error.uncertain = this.uncertain
    this.#reject(error)
  }

  /** From now on the whole script is sent: the primary does not know it yet. */
  sendWholeScript(): void {
    for (const part of this.parts as Argument[][]) {
      const script = SCRIPTS.get(part[1])
      if (script !== undefined) part.splice(0, 2, 'EVAL', script)
    }
  }

  #spend(): void {
    if (this.#budget !== undefined) this.#budget.leftMs -= performance.now() - this.since
  }
}

/** Waits for no replica. */
export function question(...parts: Sending['parts']): Sending {
  return { parts, durability: 'none', isDone: never }
}

function never(): boolean {
  return false
}

/** The record, and the index of its user where that has to change. */
export function scriptCall(keys: readonly string[], ...args: Argument[]): Argument[] {
  return ['EVALSHA', WRITE_SHA, keys.length, ...keys, ...args]
}

/** The same for a record that is shared, with the key of its tombstone. */
export function sharedCall(keys: readonly string[], ...args: Argument[]): Argument[] {
  return ['EVALSHA', SHARED_SHA, keys.length, ...keys, ...args]
}
