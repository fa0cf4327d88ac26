/**
 * When a write counts as stored: when the replicas that are counted on have it (PROTOCOL section 5). Keeps who these are, and
 * looks for the reason when one is silent.
 */
import { type Explained, explain, type Missing } from './explain.ts'
import type { Role } from './role.ts'
import { countedOn, isMajority, type SentinelView } from './sentinel-view.ts'
import type { NodeName } from './topology.ts'

/** `expected`: all replicas that Sentinel counts on. A number: so many of them. */
export type Acknowledge = 'expected' | 1 | 0

/** What a command asks for at the least: nothing, what is configured, or every expected replica. */
export type Durability = 'none' | 'configured' | 'expected'

export interface AcknowledgementOptions {
  acknowledge: Acknowledge
  /** How many Sentinels there are. */
  sentinels: number
  views(): readonly SentinelView[]
  /** Asks every Sentinel now. */
  look(): Promise<void>
  /** What the primary says about itself. Undefined: it does not answer. */
  askPrimary(): Promise<Role | undefined>
  askReplica(name: NodeName): Promise<Role | undefined>
  /** Replicas are missing, or none is any more. */
  degraded(isDegraded: boolean): void
}

interface Sight {
  primary: NodeName
  role: Role | undefined
  expected: readonly Missing[]
}

/** A replica that is listed under another name than it reports itself cannot be seen to catch up: it is waited for again then. */
const EXCUSED_MS = 30_000

export class Acknowledgement {
  readonly #options: AcknowledgementOptions
  #primary: NodeName = ''
  /** Replicas that were seen to follow this primary. */
  readonly #followers = new Set<NodeName>()
  /** Not waited for until they have caught up: slow or dead ones, and a former primary. The value says since when. */
  readonly #excused = new Map<NodeName, number>()
  #lastOffset = 0
  /** Who is counted on, as a majority of the Sentinels said last. */
  #listed = new Set<NodeName>()
  /** Who follows the primary, counted on or not. */
  #attached = new Set<NodeName>()
  #counted: { expected: readonly NodeName[]; holders: readonly string[] } | undefined
  #running: Promise<Sight> | undefined
  #next: Promise<Sight> | undefined

  constructor(options: AcknowledgementOptions) {
    this.#options = options
  }

  /** Another primary is followed from now on; the one before it is no replica until it has caught up. */
  follow(primary: NodeName): void {
    if (primary === this.#primary) return
    const former = this.#primary
    this.#primary = primary
    this.#followers.clear()
    this.#excused.clear()
    this.#lastOffset = 0
    if (former !== '') this.#excused.set(former, performance.now())
    this.seen()
    this.#options.degraded(false)
  }

  /** The replicas that a write waits for. */
  get expected(): readonly NodeName[] {
    return this.#count().expected
  }

  /** The run ids of the replicas that have what was acknowledged now. */
  get holders(): readonly string[] {
    return this.#options.acknowledge === 'expected' ? this.#count().holders : []
  }

  /** The Sentinels have said something: who is counted on may have changed. */
  seen(): void {
    this.#counted = undefined
  }

  #count(): { expected: readonly NodeName[]; holders: readonly string[] } {
    if (this.#counted !== undefined) return this.#counted
    const { sentinels } = this.#options
    const views = this.#options.views()
    // A few Sentinels, or none, are no reason to expect less than before.
    if (isMajority(views.length, sentinels)) this.#listed = countedOn(views, sentinels, this.#primary)
    this.#listed.delete(this.#primary)
    const expected = [...this.#listed].filter(name => !this.#isExcused(name))
    const runIds = new Map(views.flatMap(({ replicas }) => replicas.map(({ name, runId }) => [name, runId])))
    this.#counted = { expected, holders: expected.flatMap(name => runIds.get(name) ?? []) }
    return this.#counted
  }

  /** How many replicas must acknowledge a batch that asks for this. */
  wanted(durability: Durability): number {
    const { acknowledge } = this.#options
    if (durability === 'none' || (durability === 'configured' && acknowledge === 0)) return 0
    const { length } = this.expected
    return durability === 'configured' && acknowledge === 1 ? Math.min(1, length) : length
  }

  /** Learns from what the primary says who follows it. True: one that did has gone, which may be its promotion. */
  heard(role: Extract<Role, { role: 'primary' }>): boolean {
    const attached = new Set(role.replicas.map(({ name }) => name))
    this.#attached = attached
    const hasLost = this.expected.some(name => this.#followers.has(name) && !attached.has(name))
    for (const { name, offset } of role.replicas) {
      this.#followers.add(name)
      if (offset >= this.#lastOffset && this.#excused.delete(name)) this.seen()
    }
    this.#lastOffset = role.offset
    if (this.#excused.size === 0) this.#options.degraded(false)
    return hasLost
  }

  /** Whether these are the expected ones: a WAIT counts all that follow, also those that nobody counts on. */
  async isConfirmed(acknowledged: number): Promise<boolean> {
    const { expected } = this
    if ([...this.#attached].every(name => expected.includes(name))) return true
    const role = await this.#options.askPrimary()
    return role?.role === 'primary' && expected.every(name => furthest(role, acknowledged).includes(name))
  }

  /** Looks for the reason why only so many have acknowledged what was sent before this call. */
  async explain(acknowledged: number): Promise<Explained> {
    const { primary, role, expected } = await this.#look()
    if (primary !== this.#primary || role === undefined) return 'unknown'
    if (role.role !== 'primary') return 'leave'
    const silent = expected.filter(({ name }) => !furthest(role, acknowledged).includes(name))
    const { views, sentinels, degraded } = this.#options
    const { verdict, excused } = explain({ primary, acknowledged, missing: silent, views: views(), sentinels })
    for (const name of excused) this.#excused.set(name, performance.now())
    this.seen()
    if (verdict === 'accept' && silent.some(({ says }) => says !== 'primary')) degraded(true)
    return verdict
  }

  /** Callers share one look around, as long as it begins after their writes. */
  #look(): Promise<Sight> {
    if (this.#running === undefined) {
      this.#running = this.#lookNow().finally(() => {
        this.#running = undefined
      })
      return this.#running
    }
    this.#next ??= this.#running.then(() => {
      this.#next = undefined
      return this.#look()
    })
    return this.#next
  }

  async #lookNow(): Promise<Sight> {
    const { askPrimary, look } = this.#options
    const primary = this.#primary
    const asked = this.expected.map(name => this.#ask(name))
    const [role, expected] = await Promise.all([askPrimary(), Promise.all(asked), look()])
    return { primary, role, expected }
  }

  async #ask(name: NodeName): Promise<Missing> {
    const hasFollowed = this.#followers.has(name)
    const role = await this.#options.askReplica(name)
    if (role === undefined || role.role === 'other') return { name, hasFollowed, says: 'nothing' }
    if (role.role === 'primary') return { name, hasFollowed, says: 'primary' }
    // Some call their primary by a name that Sentinel does not know: that is no other primary.
    if (role.of !== this.#primary && this.#isListed(role.of)) return { name, hasFollowed, says: 'replica of another' }
    return { name, hasFollowed, says: role.isConnected ? 'slow' : 'apart' }
  }

  #isListed(name: NodeName): boolean {
    return this.#options
      .views()
      .some(({ primary, replicas }) => primary === name || replicas.some(each => each.name === name))
  }

  #isExcused(name: NodeName): boolean {
    const since = this.#excused.get(name)
    return since !== undefined && performance.now() - since < EXCUSED_MS
  }
}

/** The replicas that have most: so many have acknowledged. */
function furthest({ replicas }: Extract<Role, { role: 'primary' }>, count: number): NodeName[] {
  const inOrder = [...replicas].sort((a, b) => b.offset - a.offset)
  return inOrder.slice(0, count).map(({ name }) => name)
}
