/** What a verb sends: one or two commands that stay together in a batch, and who waits for the replies. */
import type { Budget } from '@sentinel-session/core'
import { WRITE_SCRIPT, WRITE_SHA } from './write-script.ts'

export type Argument = string | Buffer | number
export type Reply = Buffer | number | null

export class Command {
  /** Sent next to each other; the replies come in this order. */
  readonly parts: readonly (readonly Argument[])[]
  readonly since: number = performance.now()
  readonly deadline: number
  /** An earlier attempt may have been executed. */
  uncertain = false
  readonly #budget: Budget | undefined
  readonly #resolve: (replies: Reply[]) => void
  readonly #reject: (error: Error) => void

  constructor(
    parts: readonly (readonly Argument[])[],
    budget: Budget | undefined,
    longestWaitMs: number,
    resolve: (replies: Reply[]) => void,
    reject: (error: Error) => void,
  ) {
    this.parts = parts
    this.#budget = budget
    this.deadline = this.since + Math.min(budget?.leftMs ?? longestWaitMs, longestWaitMs)
    this.#resolve = resolve
    this.#reject = reject
  }

  answer(replies: Reply[]): void {
    this.#spend()
    this.#resolve(replies)
  }

  fail(error: Error): void {
    this.#spend()
    this.#reject(error)
  }

  /** From now on the whole script is sent: the primary does not know it yet. */
  sendWholeScript(): void {
    for (const part of this.parts as Argument[][]) {
      if (part[1] === WRITE_SHA) part.splice(0, 2, 'EVAL', WRITE_SCRIPT)
    }
  }

  #spend(): void {
    if (this.#budget !== undefined) this.#budget.leftMs -= performance.now() - this.since
  }
}

export function scriptCall(key: string, ...args: Argument[]): Argument[] {
  return ['EVALSHA', WRITE_SHA, 1, key, ...args]
}
