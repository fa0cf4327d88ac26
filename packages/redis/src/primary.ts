/**
 * The way to the current primary: finds it, opens lanes to it, leaves it when it is none any more, and holds commands
 * meanwhile. This is the only place that retries; a request waits here for as long as its budget says (DESIGN 6.4).
 */
import { type BackendEvent, type Budget, type Observer, SessionError } from '@sentinel-session/core'
import { notify } from '@sentinel-session/core/internal'
import { type Argument, Command, type Reply } from './command.ts'
import type { Login } from './connection.ts'
import { Lane } from './lane.ts'
import { Lanes, pauseMs } from './lanes.ts'
import { unavailable } from './redis-errors.ts'
import type { Address, Located } from './topology.ts'

export interface PrimaryOptions {
  /** Where the primary is said to be. Rejects with the `ERR_BACKEND_*` that says why nobody knows. */
  locate(): Promise<Located>
  /** How data nodes are spoken to, but for their address. */
  login: Login
  poolSize: number
  connectionIdleTimeoutMs: number
  /** Fixed by an option; otherwise it follows from what the Sentinels say. */
  failoverBudgetMs: number | undefined
  maxWaiting: number
  onEvent: Observer<BackendEvent> | undefined
}

export type Kind = 'read' | 'write'
type State = 'unconnected' | 'open' | 'closed'

const SHORTEST_BUDGET_MS = 5_000
const LONGEST_BUDGET_MS = 15_000
/** A refusal that only a change of configuration mends is not asked for again within this time. */
const REFUSAL_MS = 1_000
/** How often waiting commands are checked for having waited too long. */
const WATCH_MS = 25
/** A primary that is lost sooner than this after it was found is not asked again at once. */
const FLAPPING_MS = 100
const CLOSE_MS = 5_000

export interface Sent {
  replies: Reply[]
  /** An attempt before the one that was answered may have been executed. */
  uncertain: boolean
}

export class Primary {
  readonly #options: PrimaryOptions
  readonly #lanes: Record<Kind, Lanes>
  #state: State = 'unconnected'
  #address: Address | null = null
  #budgetMs: number
  #attempt: Promise<SessionError | undefined> | undefined
  #seeking = false
  #refused: { error: SessionError; at: number } | undefined
  #openedAt = 0
  #lost: { at: number; from: Address } | undefined
  #watch: NodeJS.Timeout | undefined
  readonly #idleCheck: NodeJS.Timeout

  constructor(options: PrimaryOptions) {
    this.#options = options
    this.#budgetMs = options.failoverBudgetMs ?? SHORTEST_BUDGET_MS
    const lanes = (): Lanes =>
      new Lanes({
        open: events => this.#openLane(events),
        room: () => options.poolSize - this.laneCount,
        idleTimeoutMs: options.connectionIdleTimeoutMs,
        leave: reason => this.#leave(reason),
      })
    this.#lanes = { read: lanes(), write: lanes() }
    this.#idleCheck = setInterval(() => this.#closeIdle(), Math.min(options.connectionIdleTimeoutMs, 30_000)).unref()
  }

  get address(): Address | null {
    return this.#state === 'open' ? this.#address : null
  }

  get laneCount(): number {
    return this.#lanes.read.size + this.#lanes.write.size
  }

  get waiting(): number {
    return this.#lanes.read.waiting + this.#lanes.write.waiting
  }

  /** Sends commands that stay together, and again while that is right and the budget lasts. Rejects with a `SessionError`. */
  send(kind: Kind, parts: readonly (readonly Argument[])[], budget: Budget | undefined): Promise<Sent> {
    return new Promise((resolve, reject) => {
      if (this.#state === 'closed') return reject(closedError())
      const command: Command = new Command(
        parts,
        budget,
        this.#budgetMs,
        replies => resolve({ replies, uncertain: command.uncertain }),
        reject,
      )
      const lanes = this.#lanes[kind]
      if (lanes.isHeld) {
        const refusal = this.#refusalFor()
        if (refusal !== undefined) return reject(refusal)
      }
      lanes.push(command)
      if (this.#state !== 'open') void this.#seek()
    })
  }

  /** Resolves when commands flow; rejects with the reason why they cannot. */
  async ready(): Promise<void> {
    const deadline = performance.now() + this.#budgetMs
    for (;;) {
      if (this.#state === 'closed') throw closedError()
      const failure = await this.#tryOnce()
      if (failure === undefined) return
      if (isFinal(failure) || performance.now() > deadline) throw failure
      await sleep(pauseMs())
    }
  }

  async close(): Promise<void> {
    const deadline = performance.now() + CLOSE_MS
    while (this.#state === 'open' && this.#isBusy && performance.now() < deadline) await sleep(5)
    this.#state = 'closed'
    clearInterval(this.#watch)
    clearInterval(this.#idleCheck)
    for (const lanes of Object.values(this.#lanes)) {
      lanes.destroy()
      lanes.failAll(closedError())
    }
  }

  get #isBusy(): boolean {
    return this.#lanes.read.isBusy || this.#lanes.write.isBusy
  }

  /** Finds the primary again, for as long as somebody waits for it. */
  async #seek(): Promise<void> {
    if (this.#seeking) return
    this.#seeking = true
    this.#watch = setInterval(() => this.#expire('No primary was found in time'), WATCH_MS)
    if (performance.now() - this.#openedAt < FLAPPING_MS) await sleep(pauseMs())
    while (this.waiting > 0 && this.#state !== 'closed') {
      const failure = await this.#tryOnce()
      if (failure === undefined) break
      if (isFinal(failure)) {
        this.#refused = { error: failure, at: performance.now() }
        for (const lanes of Object.values(this.#lanes)) lanes.failAll(failure)
        break
      }
      await sleep(pauseMs())
    }
    clearInterval(this.#watch)
    this.#seeking = false
  }

  #tryOnce(): Promise<SessionError | undefined> {
    if (this.#state === 'open') return Promise.resolve(undefined)
    this.#attempt ??= this.#open().finally(() => {
      this.#attempt = undefined
    })
    return this.#attempt
  }

  async #open(): Promise<SessionError | undefined> {
    try {
      const { address, downAfterMs } = await this.#options.locate()
      this.#budgetMs = this.#options.failoverBudgetMs ?? budgetFor(downAfterMs)
      this.#address = address
      await Promise.all([this.#lanes.read.prepare(), this.#lanes.write.prepare()])
      // A promotion kills the connections of clients, also those that came a moment ago.
      if (this.#lanes.read.size === 0 || this.#lanes.write.size === 0) {
        throw unavailable('The primary closed a connection at once')
      }
    } catch (error) {
      for (const lanes of Object.values(this.#lanes)) lanes.destroy()
      return error as SessionError
    }
    if (this.#state === 'closed') {
      for (const lanes of Object.values(this.#lanes)) lanes.destroy()
      return closedError()
    }
    this.#state = 'open'
    this.#openedAt = performance.now()
    this.#refused = undefined
    this.#reportReturn()
    for (const lanes of Object.values(this.#lanes)) lanes.release()
    return undefined
  }

  #openLane(events: { closed(lane: Lane, hung: boolean): void }): Promise<Lane> {
    return Lane.open(this.#address!, this.#options.login, events)
  }

  /** Gives up every connection to this primary at once, and looks for the next. */
  #leave(reason: 'hung' | 'demoted' | 'closed'): void {
    if (this.#state !== 'open') return
    this.#state = 'unconnected'
    this.#lost = { at: performance.now(), from: this.#address! }
    for (const lanes of Object.values(this.#lanes)) lanes.destroy()
    if (reason !== 'closed') notify(this.#options.onEvent, { type: 'degraded', reason: 'unavailable' })
    // What was in flight is back in the queue one turn later.
    setImmediate(() => void this.#seek())
  }

  #reportReturn(): void {
    if (this.#lost === undefined) return
    const { at, from } = this.#lost
    this.#lost = undefined
    const pauseMs = performance.now() - at
    const to = this.#address!
    const { onEvent } = this.#options
    if (from.host === to.host && from.port === to.port) notify(onEvent, { type: 'recovered', afterMs: pauseMs })
    else notify(onEvent, { type: 'failover', from: text(from), to: text(to), pauseMs })
  }

  #refusalFor(): SessionError | undefined {
    if (this.#refused !== undefined && performance.now() - this.#refused.at < REFUSAL_MS) return this.#refused.error
    if (this.waiting >= this.#options.maxWaiting) return unavailable('Too many requests wait for the primary already')
    return undefined
  }

  #expire(why: string): void {
    const now = performance.now()
    for (const lanes of Object.values(this.#lanes)) lanes.expire(now, why)
  }

  #closeIdle(): void {
    const now = performance.now()
    for (const lanes of Object.values(this.#lanes)) lanes.closeIdle(now)
  }
}

/** Only a change of configuration mends these; to ask again at once is of no use. */
function isFinal({ code }: SessionError): boolean {
  return code !== 'ERR_BACKEND_UNAVAILABLE' && code !== 'ERR_BACKEND_SENTINELS'
}

/** Long enough for Sentinel to notice and to switch (DESIGN 6.4). */
function budgetFor(downAfterMs: number | undefined): number {
  if (downAfterMs === undefined) return SHORTEST_BUDGET_MS
  return Math.min(Math.max(downAfterMs + 4_000, SHORTEST_BUDGET_MS), LONGEST_BUDGET_MS)
}

function closedError(): SessionError {
  return new SessionError('ERR_BACKEND_CLOSED', 'The backend was closed.')
}

function text({ host, port }: Address): string {
  return `${host}:${port}`
}

function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
