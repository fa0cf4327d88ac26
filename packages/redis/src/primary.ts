/**
 * The way to the current primary: opens lanes to whom the Sentinels name, leaves it when it is none any more, and holds commands
 * meanwhile. This is the only place that retries; a request waits here for as long as its budget says (DESIGN 6.4).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type BackendEvent,
  type Budget,
  isSessionError,
  type Observer,
  type SessionError,
} from '@sentinel-session/core'
import { Acknowledgement } from './acknowledgement.ts'
import { budgetFor } from './budget.ts'
import { Command, question, type Sending, type Sent } from './command.ts'
import type { Login } from './connection.ts'
import { Health } from './health.ts'
import { type Identity, identify } from './identity.ts'
import { Lane } from './lane.ts'
import { type Kind, Pool } from './pool.ts'
import type { Acknowledge } from './quorum.ts'
import { closed, unavailable } from './redis-errors.ts'
import type { NewPrimary, Restored } from './restore.ts'
import { askRole, parseRole, type Role } from './role.ts'
import { Search } from './search.ts'
import { Standalone } from './standalone.ts'
import type { Address, NodeName, Topology, TopologyEvents } from './topology.ts'
import { askSettings, warningsOf } from './warnings.ts'
import { type SentinelOptions, Watcher } from './watcher.ts'

export interface PrimaryOptions {
  deployment: { sentinel: SentinelOptions } | { server: Address } | { shard(events: TopologyEvents): Topology }
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

type State = 'unconnected' | 'open' | 'closed'
/** Why a primary is left. `moved`: the Sentinels name another. */
type Reason = 'hung' | 'demoted' | 'closed' | 'moved'

/** One that is being replaced is not gone back to within this time, although the Sentinels may still name it. */
const REPLACED_MS = 2_000
const HEARTBEAT_MS = 1_000
/** So long other processes get to write again what they know. */
const OTHERS_MS = 500
const CLOSE_MS = 5_000

/** Who goes where the primary is, on a way of its own. */
export interface Follower {
  used(primary: Address): void
  left(): void
}

export class Primary {
  readonly health: Health
  readonly #options: PrimaryOptions
  readonly #topology: Topology
  readonly #acknowledgement: Acknowledgement
  readonly #pool: Pool
  readonly #search: Search
  #state: State = 'unconnected'
  #isClosing = false
  #name: NodeName | null = null
  #identity: Identity = { runId: '', dataSets: [] }
  /** Each command asks for it, and it changes only with what the Sentinels say. */
  #budgetMs: number
  #inspection: Promise<void> | undefined
  #replaced: { name: NodeName; at: number } | undefined
  readonly #timers: NodeJS.Timeout[]
  #follower: Follower | undefined
  #catchUp: (primary: NewPrimary) => Promise<Restored> = async () => ({ restored: 0, lost: 0 })

  constructor(options: PrimaryOptions) {
    this.#options = options
    this.health = new Health(options.onEvent)
    const { deployment } = options
    const topology = topologyOf(deployment, { moved: () => this.#move(), seen: () => this.#seen() })
    this.#topology = topology
    this.#budgetMs = this.#budget()
    this.#acknowledgement = new Acknowledgement({
      acknowledge: options.acknowledge,
      get sentinels() {
        return topology.sentinels
      },
      views: () => topology.views,
      named: () => topology.named,
      look: () => topology.look(),
      askPrimary: () => this.#askRole(),
      askReplica: async name => askRole(topology.addressOf(name), options.login, HEARTBEAT_MS),
      degraded: isDegraded => this.health.set('replicas', isDegraded),
    })
    this.#pool = new Pool({
      poolSize: options.poolSize,
      idleTimeoutMs: options.connectionIdleTimeoutMs,
      quorum: durability => this.#acknowledgement.quorum(durability),
      isConfirmed: (quorum, acknowledged) => this.#acknowledgement.isConfirmed(quorum, acknowledged),
      explain: (quorum, acknowledged) => this.#acknowledgement.explain(quorum, acknowledged),
      leave: reason => this.#leave(reason),
    })
    this.#search = new Search({
      open: () => this.#open(),
      isNeeded: () => this.#state === 'unconnected' && this.waiting > 0,
      expire: () => this.#pool.expire('No primary was found in time'),
      failAll: error => this.#pool.failAll(error),
    })
    this.#timers = [
      setInterval(() => this.#pool.closeIdle(), Math.min(options.connectionIdleTimeoutMs, 30_000)).unref(),
      setInterval(() => void this.#beat(), HEARTBEAT_MS).unref(),
    ]
  }

  get topology(): 'sentinel' | 'standalone' | 'cluster' {
    const { deployment } = this.#options
    if ('sentinel' in deployment) return 'sentinel'
    return 'server' in deployment ? 'standalone' : 'cluster'
  }

  get name(): NodeName | null {
    return this.#state === 'open' ? this.#name : null
  }

  /** The replicas that a write waits for. */
  get replicas(): readonly NodeName[] {
    return this.#state === 'open' ? this.#acknowledgement.expected : []
  }

  get laneCount(): number {
    return this.#pool.size
  }

  get waiting(): number {
    return this.#pool.waiting
  }

  /** What is to be done on a primary that is new, before anything else is sent to it. It may be the old one, restarted. */
  beforeUse(catchUp: (primary: NewPrimary) => Promise<Restored>): void {
    this.#catchUp = catchUp
  }

  /** One at the most. */
  followedBy(follower: Follower): void {
    this.#follower = follower
  }

  /** Sends commands that stay together, and again while that is right and the budget lasts. Rejects with a `SessionError`. */
  send(kind: Kind, sending: Sending, budget: Budget | undefined): Promise<Sent> {
    return new Promise((resolve, reject) => {
      if (this.#isClosing) return reject(closed())
      const command = new Command(sending, budget, this.#budgetMs, resolve, reject)
      const refusal = this.#pool.isHeld(kind) ? this.#refusalFor() : undefined
      if (refusal !== undefined) return reject(refusal)
      this.#pool.push(kind, command)
      this.#seek()
    })
  }

  /** It has all keys. */
  async stores(): Promise<readonly Primary[]> {
    return [this]
  }

  /** Resolves when commands flow and the deployment was looked at; rejects with the reason why they cannot. */
  async ready(): Promise<void> {
    if (this.#state === 'closed') throw closed()
    if (this.#state === 'unconnected') await this.#search.until(performance.now() + this.#budgetMs)
    await this.#inspection
  }

  async close(): Promise<void> {
    this.#isClosing = true
    const deadline = performance.now() + CLOSE_MS
    while (this.#state === 'open' && this.#pool.isBusy && performance.now() < deadline) await sleep(5)
    // What was answered sooner should not die with this process' journal.
    if (this.#options.acknowledge !== 'expected') await this.#pool.cover(this.replicas.length)
    this.#state = 'closed'
    this.#search.end()
    for (const timer of this.#timers) clearInterval(timer)
    this.#topology.close()
    this.#pool.end(closed())
    this.health.closed()
  }

  #seek(): void {
    if (this.#state === 'unconnected') void this.#search.begin()
  }

  /** Opens lanes to the likeliest primary that is one. Resolves with what went wrong. */
  async #open(): Promise<SessionError | undefined> {
    let failure: SessionError | undefined
    try {
      const names = await this.#topology.locate()
      this.#budgetMs = this.#budget()
      for (const name of names) {
        failure = await this.#openTo(name)
        if (failure === undefined) break
      }
    } catch (error) {
      failure = error as SessionError
    }
    if (this.#state === 'closed') failure = closed()
    if (failure !== undefined) {
      this.#pool.destroy()
      return failure
    }
    this.#use(this.#name!)
    return undefined
  }

  async #openTo(name: NodeName): Promise<SessionError | undefined> {
    if (this.#replaced?.name === name && performance.now() - this.#replaced.at < REPLACED_MS) {
      return unavailable('The primary is being replaced')
    }
    this.#name = name
    const address = this.#topology.addressOf(name)
    try {
      await this.#pool.prepare(events => Lane.open(address, this.#options.login, events))
      this.#identity = await identify(batch => this.#pool.sendNow('read', batch))
      const { runId, dataSets } = this.#identity
      const origin = { dataSet: dataSets[0]!, holders: new Set([runId]) }
      const { restored } = await this.#catchUp({
        ...this.#identity,
        origin,
        send: batch => this.#pool.sendNow('write', batch),
      })
      // Where this process has found sessions missing, those of others are missing too, until they have caught up.
      if (restored > 0) await sleep(OTHERS_MS)
      this.#pool.requireBoth()
      return undefined
    } catch (error) {
      this.#pool.destroy()
      return isSessionError(error) ? error : unavailable('The new primary could not be prepared', error)
    }
  }

  #use(name: NodeName): void {
    this.#state = 'open'
    this.#topology.follow(name)
    this.#acknowledgement.follow(name, this.#identity)
    this.health.opened(name)
    this.#follower?.used(this.#topology.addressOf(name))
    this.#pool.release()
    void this.#beat()
    this.#inspection ??= this.#inspect()
  }

  /** Gives up every connection to this primary at once, and looks for the next. */
  #leave(reason: Reason): void {
    if (this.#state !== 'open') return
    this.#state = 'unconnected'
    if (reason === 'demoted' || reason === 'moved') this.#replaced = { name: this.#name!, at: performance.now() }
    this.#pool.destroy()
    this.health.set('unavailable', true)
    this.#follower?.left()
    // What was in flight is back in the queue one turn later.
    setImmediate(() => this.#seek())
  }

  /** The Sentinels name another primary than the one that was followed last. */
  #move(): void {
    if (this.#state === 'open') this.#leave('moved')
    else this.#seek()
  }

  #seen(): void {
    this.#budgetMs = this.#budget()
    this.#acknowledgement.seen()
    this.health.set('sentinels', !this.#topology.hasMajority)
  }

  #budget(): number {
    return this.#options.failoverBudgetMs ?? budgetFor(this.#topology.views.map(({ downAfterMs }) => downAfterMs))
  }

  /** Asks the primary who it is and who follows it: it shows a promotion before the Sentinels tell. */
  async #beat(): Promise<void> {
    if (this.#state !== 'open') return
    const name = this.#name
    const role = await this.#askRole()
    if (role === undefined || this.name !== name) return
    if (role.role !== 'primary') this.#leave('demoted')
    else if (this.#acknowledgement.heard(role)) {
      const quorum = this.#acknowledgement.quorum('expected')
      const isReplaced = (await this.#acknowledgement.explain(quorum, { count: 0, role: undefined })) === 'leave'
      if (isReplaced && this.name === name) this.#leave('demoted')
    }
  }

  /** Undefined: it does not answer; the lanes notice that as well. */
  async #askRole(): Promise<Role | undefined> {
    try {
      return parseRole((await this.send('read', question(['ROLE']), { leftMs: HEARTBEAT_MS })).reply)
    } catch {
      return undefined
    }
  }

  /** What the deployment cannot guarantee, for the report. Once: it is about how it was set up. */
  async #inspect(): Promise<void> {
    const settings = await askSettings(async sending => (await this.send('read', sending, undefined)).reply)
    const { topology } = this
    this.health.warnings = warningsOf({ views: this.#topology.views, settings, budgetMs: this.#budgetMs, topology })
  }

  #refusalFor(): SessionError | undefined {
    const isFull = this.waiting >= this.#options.maxWaiting
    return this.#search.refusal ?? (isFull ? unavailable('Too many requests wait for the primary already') : undefined)
  }
}

function topologyOf(deployment: PrimaryOptions['deployment'], events: TopologyEvents): Topology {
  if ('sentinel' in deployment) return new Watcher(deployment.sentinel, events)
  return 'server' in deployment ? new Standalone(deployment.server) : deployment.shard(events)
}
