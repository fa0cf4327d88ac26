/** Hears from whoever is the primary what has changed, over one line after the other, and knows until when it can be sure of that. */
import type { SessionError } from '@sentinel-session/core'
import type { Login } from './connection.ts'
import { pauseMs } from './pause.ts'
import type { Follower } from './primary.ts'
import { connectionError } from './redis-errors.ts'
import type { Address } from './topology.ts'
import { TrackingLine } from './tracking-line.ts'

/** What only another configuration mends is not tried again sooner. */
const REFUSED_MS = 5_000
const SLOWEST_BEAT_MS = 250
/** So many beats in the time for which one proves anything: one that is late does no harm. */
const BEATS = 4

export interface TrackingOptions {
  login: Login
  prefix: string
  /** How long an answer of the primary proves that nothing else has changed. */
  maxAgeMs: number
  /** This key has changed. */
  changed(key: string): void
  /** Anything may have changed: the primary is another, or nobody told for a while. */
  lost(): void
  /** There is a primary, and it does not tell. */
  silent(isSilent: boolean): void
}

export class Tracking implements Follower {
  readonly #options: TrackingOptions
  /** Counts what was followed and left: what was begun for one primary is over with it, even if the next is the same node. */
  #turn = 0
  #line: TrackingLine | undefined
  #retry: NodeJS.Timeout | undefined
  #isClosed = false
  /** Settled when it was tried to listen. */
  #trying: Promise<void> = Promise.resolve()
  #refusal: SessionError | undefined
  /** Until then, in `performance.now()`, nothing is older than `maxAgeMs` of which no change was told. 0: it may be. */
  sureUntil = 0

  constructor(options: TrackingOptions) {
    this.#options = options
  }

  used(primary: Address): void {
    this.left()
    if (!this.#isClosed) this.#trying = this.#open(primary, this.#turn)
  }

  left(): void {
    this.#turn += 1
    clearTimeout(this.#retry)
    this.#line?.end()
    this.#lose()
    this.#options.silent(false)
  }

  /** Rejects with the `ERR_BACKEND_*` that says why this primary will never tell. */
  async ready(): Promise<void> {
    await this.#trying
    if (this.#refusal !== undefined) throw this.#refusal
  }

  close(): void {
    this.#isClosed = true
    this.left()
  }

  async #open(primary: Address, turn: number): Promise<void> {
    const { login, prefix, maxAgeMs, silent } = this.#options
    const since = performance.now()
    const beatMs = Math.min(maxAgeMs / BEATS, SLOWEST_BEAT_MS)
    try {
      const line = await TrackingLine.open(
        primary,
        { login, prefix, beatMs },
        {
          changed: keys => this.#hear(keys),
          proved: at => {
            this.sureUntil = at + maxAgeMs
          },
          ended: () => this.#miss(primary, turn),
        },
      )
      if (turn !== this.#turn) line.end()
      if (line.isOver) return
      this.#refusal = undefined
      this.#line = line
      this.sureUntil = since + maxAgeMs
      silent(false)
    } catch (error) {
      this.#refusal = connectionError(error as Error)
      this.#miss(primary, turn)
    }
  }

  #hear(keys: readonly Buffer[] | null): void {
    if (keys === null) this.#options.lost()
    else for (const key of keys) this.#options.changed(key.toString())
  }

  /** The line to this primary has ended, or could not be opened. */
  #miss(primary: Address, turn: number): void {
    if (turn !== this.#turn) return
    this.#lose()
    this.#options.silent(true)
    const again = (): void => {
      this.#trying = this.#open(primary, turn)
    }
    this.#retry = setTimeout(again, this.#refusal === undefined ? pauseMs() : REFUSED_MS).unref()
  }

  #lose(): void {
    this.#line = undefined
    this.sureUntil = 0
    this.#options.lost()
  }
}
