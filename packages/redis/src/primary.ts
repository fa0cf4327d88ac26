/**
 * The way to the current primary: opens lanes to whom the Sentinels name, leaves it when it is none any more, and holds commands
 * meanwhile. This is the only place that retries; a request waits here for as long as its budget says (DESIGN 6.4).
 */
import { type BackendEvent, type Budget, type Observer, SessionError } from '@sentinel-session/core'
import { type Acknowledge, Acknowledgement } from './acknowledgement.ts'
import { Command, question, type Reply, type Sending } from './command.ts'
import type { Login } from './connection.ts'
import { Health } from './health.ts'
import type { Origin } from './journal.ts'
import { Lane } from './lane.ts'
import { Lanes, pauseMs } from './lanes.ts'
import { connectionError, unavailable } from './redis-errors.ts'
import type { NewPrimary } from './restore.ts'
import { askRole, parseRole, type Role } from './role.ts'
import type { NodeName } from './topology.ts'
import { type SentinelOptions, Watcher } from './watcher.ts'

export interface PrimaryOptions {
  sentinel: SentinelOptions
  /** How data nodes are spoken to, but for their address. */
  login: Login
  poolSize: number
  connectionIdleTimeoutMs: number
  /** Fixed by an option; otherwise it follows from what the Sentinels say. */
  failoverBudgetMs: number | undefined
  maxWaiting: number
  acknowledge: Acknowledge
  onEvent: Observer<BackendEvent> | undefined
}

export type Kind = 'read' | 'write'
type State = 'unconnected' | 'open' | 'closed'
/** Why a primary is left. `moved`: the Sentinels name another. */
type Reason = 'hung' | 'demoted' | 'closed' | 'moved'

const SHORTEST_BUDGET_MS = 5_000
const LONGEST_BUDGET_MS = 15_000
/** A refusal that only a change of configuration mends is not asked for again within this time. */
const REFUSAL_MS = 1_000
/** How often waiting commands are checked for having waited too long. */
const WATCH_MS = 25
/** A primary that is lost sooner than this after it was found is not asked again at once. */
const FLAPPING_MS = 100
/** One that is being replaced is not gone back to within this time, although the Sentinels may still name it. */
const REPLACED_MS = 2_000
const HEARTBEAT_MS = 1_000
const CLOSE_MS = 5_000

export interface Sent {
  replies: Reply[]
  /** An attempt before the one that was answered may have been executed. */
  uncertain: boolean
}

export class Primary {
  readonly health: Health
  readonly #options: PrimaryOptions
  readonly #watcher: Watcher
  readonly #acknowledgement: Acknowledgement
  readonly #lanes: Record<Kind, Lanes>
  #state: State = 'unconnected'
  #name: NodeName | null = null
  #attempt: Promise<SessionError | undefined> | undefined
  #seeking = false
  #refused: { error: SessionError; at: number } | undefined
  #openedAt = 0
  #replaced: { name: NodeName; at: number } | undefined
  #watch: NodeJS.Timeout | undefined
  readonly #timers: NodeJS.Timeout[]
  #catchUp: (primary: NewPrimary) => Promise<void> = async () => {}
  #node = { runId: '', dataSets: [''] as readonly string[] }
  #origin: Origin | undefined

  constructor(options: PrimaryOptions) {
    this.#options = options
    this.health = new Health(options.onEvent)
    this.#watcher = new Watcher(options.sentinel, { moved: () => this.#move(), seen: () => this.#seen() })
    const watcher = this.#watcher
    this.#acknowledgement = new Acknowledgement({
      acknowledge: options.acknowledge,
      sentinels: watcher.sentinels,
      views: () => watcher.views,
      look: () => watcher.look(),
      askPrimary: () => this.#askRole(),
      askReplica: name => askRole(watcher.addressOf(name), options.login, HEARTBEAT_MS),
      degraded: isDegraded => this.health.set('replicas', isDegraded),
    })
    this.#lanes = { read: this.#makeLanes(), write: this.#makeLanes() }
    const idleMs = Math.min(options.connectionIdleTimeoutMs, 30_000)
    this.#timers = [
      setInterval(() => this.#closeIdle(), idleMs).unref(),
      setInterval(() => void this.#beat(), HEARTBEAT_MS).unref(),
    ]
  }

  get name(): NodeName | null {
    return this.#state === 'open' ? this.#name : null
  }

  /** The replicas that a write waits for. */
  get replicas(): readonly NodeName[] {
    return this.#state === 'open' ? this.#acknowledgement.expected : []
  }

  /** Where what was acknowledged just now is stored. */
  get origin(): Origin {
    const { runId, dataSets } = this.#node
    this.#origin ??= { dataSet: dataSets[0]!, holders: new Set([runId, ...this.#acknowledgement.holders]) }
    return this.#origin
  }

  /** What is to be done on a primary that is new, before anything else is sent to it. It may be the old one, restarted. */
  beforeUse(catchUp: (primary: NewPrimary) => Promise<void>): void {
    this.#catchUp = catchUp
  }

  get laneCount(): number {
    return this.#lanes.read.size + this.#lanes.write.size
  }

  get waiting(): number {
    return this.#lanes.read.waiting + this.#lanes.write.waiting
  }

  /** Sends commands that stay together, and again while that is right and the budget lasts. Rejects with a `SessionError`. */
  send(kind: Kind, sending: Sending, budget: Budget | undefined): Promise<Sent> {
    return new Promise((resolve, reject) => {
      if (this.#state === 'closed') return reject(closedError())
      const command: Command = new Command(
        sending,
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
    for (const timer of this.#timers) clearInterval(timer)
    this.#watcher.close()
    this.#destroyLanes()
    for (const lanes of Object.values(this.#lanes)) lanes.failAll(closedError())
    this.health.closed()
  }

  get #isBusy(): boolean {
    return this.#lanes.read.isBusy || this.#lanes.write.isBusy
  }

  /** Long enough for Sentinel to notice and to switch (DESIGN 6.4). */
  get #budgetMs(): number {
    const { failoverBudgetMs } = this.#options
    if (failoverBudgetMs !== undefined) return failoverBudgetMs
    const longest = Math.max(0, ...this.#watcher.views.map(({ downAfterMs }) => downAfterMs))
    return Math.min(Math.max(longest + 4_000, SHORTEST_BUDGET_MS), LONGEST_BUDGET_MS)
  }

  #makeLanes(): Lanes {
    return new Lanes({
      open: events => Lane.open(this.#watcher.addressOf(this.#name!), this.#options.login, events),
      room: () => this.#options.poolSize - this.laneCount,
      idleTimeoutMs: this.#options.connectionIdleTimeoutMs,
      wanted: durability => this.#acknowledgement.wanted(durability),
      explain: acknowledged => this.#acknowledgement.explain(acknowledged),
      leave: reason => this.#leave(reason),
    })
  }

  /** Finds the primary again, at least once, and for as long as somebody waits for it. */
  async #seek(): Promise<void> {
    if (this.#seeking || this.#state !== 'unconnected') return
    this.#seeking = true
    this.#watch = setInterval(() => this.#expire('No primary was found in time'), WATCH_MS)
    if (performance.now() - this.#openedAt < FLAPPING_MS) await sleep(pauseMs())
    do {
      const failure = await this.#tryOnce()
      if (failure === undefined) break
      if (isFinal(failure)) {
        this.#refused = { error: failure, at: performance.now() }
        for (const lanes of Object.values(this.#lanes)) lanes.failAll(failure)
        break
      }
      await sleep(pauseMs())
    } while (this.waiting > 0 && this.#isUnconnected)
    clearInterval(this.#watch)
    this.#seeking = false
  }

  get #isUnconnected(): boolean {
    return this.#state === 'unconnected'
  }

  #tryOnce(): Promise<SessionError | undefined> {
    if (this.#state === 'open') return Promise.resolve(undefined)
    this.#attempt ??= this.#open().finally(() => {
      this.#attempt = undefined
    })
    return this.#attempt
  }

  /** Opens a lane of each kind to the likeliest primary that is one. Resolves with what went wrong. */
  async #open(): Promise<SessionError | undefined> {
    let failure: SessionError | undefined
    try {
      for (const name of await this.#watcher.locate()) {
        failure = await this.#openTo(name)
        if (failure === undefined) break
      }
    } catch (error) {
      failure = error as SessionError
    }
    if (this.#state === 'closed') failure = closedError()
    if (failure !== undefined) {
      this.#destroyLanes()
      return failure
    }
    const name = this.#name!
    this.#state = 'open'
    this.#openedAt = performance.now()
    this.#refused = undefined
    this.#watcher.follow(name)
    this.#acknowledgement.follow(name)
    this.#origin = undefined
    this.health.opened(name)
    for (const lanes of Object.values(this.#lanes)) lanes.release()
    void this.#beat()
    return undefined
  }

  async #openTo(name: NodeName): Promise<SessionError | undefined> {
    if (this.#replaced?.name === name && performance.now() - this.#replaced.at < REPLACED_MS) {
      return unavailable('The primary is being replaced')
    }
    this.#name = name
    try {
      await Promise.all([this.#lanes.read.prepare(), this.#lanes.write.prepare()])
      this.#node = await this.#identify()
      const origin = { dataSet: this.#node.dataSets[0]!, holders: new Set([this.#node.runId]) }
      await this.#catchUp({ ...this.#node, origin, send: batch => this.#lanes.write.sendNow(batch) })
    } catch (error) {
      this.#destroyLanes()
      return error as SessionError
    }
    // A promotion kills the connections of clients, also those that came a moment ago.
    if (this.#lanes.read.size > 0 && this.#lanes.write.size > 0) return undefined
    this.#destroyLanes()
    return unavailable('The primary closed a connection at once')
  }

  async #identify(): Promise<{ runId: string; dataSets: readonly string[] }> {
    const outcomes = await this.#lanes.read.sendNow([question(['INFO', 'server']), question(['INFO', 'replication'])])
    const facts = outcomes.map(outcome => {
      if (outcome instanceof Error)
        throw connectionError(outcome) ?? unavailable('The primary does not say who it is', outcome)
      return String(outcome[0])
    })
    const fact = (name: string): string => new RegExp(`^${name}:(.*)\\r$`, 'm').exec(facts.join(''))?.[1] ?? ''
    return { runId: fact('run_id'), dataSets: [fact('master_replid'), fact('master_replid2')] }
  }

  #seen(): void {
    this.#origin = undefined
    this.#acknowledgement.seen()
  }

  /** Gives up every connection to this primary at once, and looks for the next. */
  #leave(reason: Reason): void {
    if (this.#state !== 'open') return
    this.#state = 'unconnected'
    if (reason === 'demoted' || reason === 'moved') this.#replaced = { name: this.#name!, at: performance.now() }
    this.#destroyLanes()
    this.health.set('unavailable', true)
    // What was in flight is back in the queue one turn later.
    setImmediate(() => void this.#seek())
  }

  /** The Sentinels name another primary than the one that was followed last. */
  #move(): void {
    if (this.#state === 'open') this.#leave('moved')
    else void this.#seek()
  }

  /** Asks the primary who it is and who follows it: it shows a promotion before the Sentinels tell. */
  async #beat(): Promise<void> {
    if (this.#state !== 'open') return
    const name = this.#name
    const role = await this.#askRole()
    if (role === undefined || this.#state !== 'open' || this.#name !== name) return
    if (role.role !== 'primary') this.#leave('demoted')
    else if (this.#acknowledgement.heard(role)) {
      const isReplaced = (await this.#acknowledgement.explain(0)) === 'leave'
      if (isReplaced && this.#name === name) this.#leave('demoted')
    }
  }

  async #askRole(): Promise<Role | undefined> {
    try {
      return parseRole((await this.send('read', question(['ROLE']), { leftMs: HEARTBEAT_MS })).replies[0])
    } catch {
      return undefined
    }
  }

  #destroyLanes(): void {
    for (const lanes of Object.values(this.#lanes)) lanes.destroy()
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

function closedError(): SessionError {
  return new SessionError('ERR_BACKEND_CLOSED', 'The backend was closed.')
}

function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
