/**
 * The lanes of one kind, reads or writes: what is ready leaves as one batch on an idle lane. Batches fall apart over many
 * connections, so another lane opens only while a batch waits longer than a round trip takes.
 */
import type { Command } from './command.ts'
import type { Lane, Outcome } from './lane.ts'
import { judge, unavailable, type Verdict } from './redis-errors.ts'

export interface LanesOptions {
  /** Opens one more connection to the current primary. */
  open(events: { closed(lane: Lane, hung: boolean): void }): Promise<Lane>
  /** How many more connections the pool allows now. */
  room(): number
  idleTimeoutMs: number
  /** The primary is no good: it hangs, it is a replica, or the last lane is gone. */
  leave(reason: 'hung' | 'demoted' | 'closed'): void
}

const SHORTEST_PAUSE_MS = 25
const LONGEST_PAUSE_MS = 100

/** Between tries, with jitter, so that processes do not come all at once. */
export function pauseMs(): number {
  return SHORTEST_PAUSE_MS + Math.random() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS)
}

export class Lanes {
  readonly #options: LanesOptions
  readonly #lanes = new Set<Lane>()
  #queue: Command[] = []
  #flushing = false
  #opening = false
  #held = true
  #pause: NodeJS.Timeout | undefined
  /** How long a batch takes, smoothed. */
  #roundTripMs = 1

  constructor(options: LanesOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#lanes.size
  }

  get waiting(): number {
    return this.#queue.length
  }

  /** Something is queued or in flight. */
  get isBusy(): boolean {
    if (this.#queue.length > 0) return true
    for (const lane of this.#lanes) if (!lane.isIdle) return true
    return false
  }

  /** Commands are kept back: there is no primary, or it cannot serve right now. */
  get isHeld(): boolean {
    return this.#held || this.#pause !== undefined
  }

  push(command: Command): void {
    this.#queue.push(command)
    this.#flushSoon()
  }

  /** Opens the first lane; commands flow when `release` is called. */
  async prepare(): Promise<void> {
    if (this.#lanes.size === 0) this.#lanes.add(await this.#options.open(this))
  }

  release(): void {
    this.#held = false
    this.#flush()
  }

  /** Gives up all connections at once; what was in flight goes back to the queue. */
  destroy(): void {
    this.#held = true
    for (const lane of [...this.#lanes]) lane.destroy()
  }

  /** Fails what has waited for as long as its request may. */
  expire(now: number, why: string): void {
    const kept = this.#queue.filter(command => command.deadline > now)
    const overdue = this.#queue.filter(command => command.deadline <= now)
    this.#queue = kept
    for (const command of overdue) command.fail(unavailable(why))
  }

  failAll(error: Error): void {
    const failed = this.#queue
    this.#queue = []
    for (const command of failed) command.fail(error)
  }

  closeIdle(now: number): void {
    for (const lane of this.#lanes) {
      if (this.#lanes.size > 1 && lane.isIdle && now - lane.lastUsed > this.#options.idleTimeoutMs) lane.destroy()
    }
  }

  closed(lane: Lane, hung: boolean): void {
    if (!this.#lanes.delete(lane)) return
    if (hung) this.#options.leave('hung')
    else if (this.#lanes.size === 0 && !this.#held) this.#options.leave('closed')
  }

  #flushSoon(): void {
    if (this.#flushing || this.isHeld) return
    this.#flushing = true
    queueMicrotask(() => {
      this.#flushing = false
      this.#flush()
    })
  }

  #flush(): void {
    if (this.isHeld || this.#queue.length === 0) return
    if (this.#lanes.size === 0) {
      this.#options.leave('closed')
      return
    }
    for (const lane of this.#lanes) {
      if (!lane.isIdle) continue
      const batch = this.#queue
      this.#queue = []
      void this.#run(lane, batch)
      return
    }
    this.#considerAnother()
  }

  async #run(lane: Lane, batch: readonly Command[]): Promise<void> {
    const start = performance.now()
    const outcomes = await lane.send(batch)
    this.#roundTripMs += (performance.now() - start - this.#roundTripMs) / 8
    this.#settle(batch, outcomes)
    this.#flush()
  }

  /** Answers what has its answer; what is to be sent again goes in front, in its order. */
  #settle(batch: readonly Command[], outcomes: readonly Outcome[]): void {
    const again: Command[] = []
    let move: 'leave' | 'pause' | undefined
    for (const [index, command] of batch.entries()) {
      const outcome = outcomes[index]!
      if (!(outcome instanceof Error)) {
        command.answer(outcome)
        continue
      }
      const verdict: Verdict = judge(outcome)
      if (verdict instanceof Error) {
        command.fail(verdict)
        continue
      }
      if (verdict === 'unknown') command.uncertain = true
      if (verdict === 'load-script') command.sendWholeScript()
      if (verdict === 'leave' || isUnblocked(outcome)) move = 'leave'
      if (verdict === 'resend') move ??= 'pause'
      again.push(command)
    }
    this.#queue.unshift(...again)
    if (move === 'leave') this.#options.leave('demoted')
    if (move === 'pause') this.#pauseBriefly()
  }

  #pauseBriefly(): void {
    this.#pause ??= setTimeout(() => {
      this.#pause = undefined
      this.expire(performance.now(), 'The primary cannot serve right now')
      this.#flush()
    }, pauseMs())
  }

  #considerAnother(): void {
    const oldest = this.#queue[0]!
    const waited = performance.now() - oldest.since
    if (this.#opening || this.#lanes.size === 0 || this.#options.room() <= 0) return
    if (waited <= Math.max(this.#roundTripMs, 1)) return
    this.#opening = true
    this.#options.open(this).then(
      lane => {
        this.#opening = false
        if (this.#held) lane.destroy()
        else this.#lanes.add(lane)
        this.#flush()
      },
      () => {
        // The lanes at work go on; to try again at once would only spin.
        this.#opening = false
      },
    )
  }
}

/** A WAIT that a demotion ended. */
function isUnblocked(outcome: Error): boolean {
  return outcome.message.startsWith('UNBLOCKED')
}
