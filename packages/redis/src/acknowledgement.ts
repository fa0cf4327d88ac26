/**
 * When a write counts as stored: when the replicas that are counted on have it (PROTOCOL section 5). Keeps who these are, and
 * looks for the reason when one is silent.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Explained, explain, isBeingReplaced, type Missing } from './explain.ts'
import type { Identity } from './identity.ts'
import type { Origin } from './journal.ts'
import type { Acknowledged } from './lane.ts'
import { type Acknowledge, type Durability, type Quorum, type Quorums, quorumsOf } from './quorum.ts'
import type { Role } from './role.ts'
import { countedOn, isMajority, namesIn, type SentinelView } from './sentinel-view.ts'
import type { NodeName } from './topology.ts'

export interface AcknowledgementOptions {
  acknowledge: Acknowledge
  /** How many Sentinels there are. */
  sentinels: number
  views(): readonly SentinelView[]
  /** Whom the Sentinels name, not below the epoch that is followed. */
  named(): NodeName | undefined
  /** Asks every Sentinel now. */
  look(): Promise<void>
  /** What the primary says about itself. Undefined: it does not answer. */
  askPrimary(): Promise<Role | undefined>
  /** Rejects when it has no address. */
  askReplica(name: NodeName): Promise<Role | undefined>
  /** Replicas are missing, or none is any more. */
  degraded(isDegraded: boolean): void
}

type PrimaryRole = Extract<Role, { role: 'primary' }>

interface Sight {
  role: Role | undefined
  expected: readonly Missing[]
}

/** A replica that is listed under another name than it reports itself cannot be seen to catch up: it is waited for again then. */
const EXCUSED_MS = 30_000
/** Those that are counted on answer a little later than one that is not; so long it is asked who has answered. */
const NAMES_MS = 500
const ASK_AGAIN_MS = 5
/** Replicas find a new primary within this time; afterwards one that has not is explained as any other. */
const GATHER_MS = 1000

export class Acknowledgement {
  readonly #options: AcknowledgementOptions
  #primary: NodeName = ''
  #term = 0
  #followedAt = 0
  #own: Origin = { dataSet: '', holders: new Set() }
  /** Replicas that were seen to follow this primary. */
  readonly #followers = new Set<NodeName>()
  /** Not waited for until they have caught up: slow or dead ones, and a former primary. The value says since when. */
  readonly #excused = new Map<NodeName, number>()
  #lastOffset = 0
  /** Who is counted on, as a majority of the Sentinels said last. */
  #listed = new Set<NodeName>()
  /** Who follows the primary, counted on or not. */
  #attached: readonly NodeName[] = []
  #quorums: Quorums | undefined
  #running: Promise<Sight> | undefined
  #next: Promise<Sight> | undefined

  constructor(options: AcknowledgementOptions) {
    this.#options = options
  }

  /** A primary is followed from now on; the one before it is no replica until it has caught up. */
  follow(primary: NodeName, { runId, dataSets }: Identity): void {
    this.#term += 1
    this.#followedAt = performance.now()
    this.#own = { dataSet: dataSets[0] ?? '', holders: new Set([runId]) }
    this.seen()
    if (primary === this.#primary) return
    const former = this.#primary
    this.#primary = primary
    this.#followers.clear()
    this.#excused.clear()
    this.#attached = []
    this.#lastOffset = 0
    if (former !== '') this.#excused.set(former, performance.now())
    this.#options.degraded(false)
  }

  /** The replicas that a write waits for. */
  get expected(): readonly NodeName[] {
    return this.quorum('expected').expected
  }

  /** The Sentinels have said something: who is counted on may have changed. */
  seen(): void {
    this.#quorums = undefined
  }

  /** What a batch that asks for this waits for, if it is sent now. */
  quorum(durability: Durability): Quorum {
    this.#quorums ??= this.#count()
    return this.#quorums[durability]
  }

  #count(): Quorums {
    const { sentinels, acknowledge } = this.#options
    const views = this.#options.views()
    // A few Sentinels, or none, are no reason to expect less than before.
    if (isMajority(views.length, sentinels)) this.#listed = countedOn(views, sentinels, this.#primary)
    this.#listed.delete(this.#primary)
    const expected = [...this.#listed].filter(name => !this.#isExcused(name))
    const areHere = expected.every(name => this.#attached.includes(name))
    const gatherUntil = areHere ? 0 : this.#followedAt + GATHER_MS
    if (expected.length === 0) expected.push(...this.#namedByMost(views))
    const known = new Set([...views.flatMap(namesIn), ...this.#excused.keys(), ...this.#attached])
    known.delete(this.#primary)
    return quorumsOf({ term: this.#term, own: this.#own, expected, gatherUntil, known, views, acknowledge })
  }

  /** With nobody to wait for, a primary must be one for most: one that was left behind, alone, would answer what is lost. */
  #namedByMost(views: readonly SentinelView[]): NodeName[] {
    const others = views.map(({ primary }) => primary).filter(name => name !== this.#primary)
    return isMajority(others.length, this.#options.sentinels) ? [...new Set(others)] : []
  }

  /** Learns from what the primary says who follows it. True: one that did has gone, which may be its promotion. */
  heard(role: PrimaryRole): boolean {
    const attached = role.replicas.map(({ name }) => name)
    const hasLost = this.expected.some(name => this.#followers.has(name) && !attached.includes(name))
    if (String(attached) !== String(this.#attached)) this.seen()
    this.#attached = attached
    for (const { name, offset } of role.replicas) {
      this.#followers.add(name)
      if (offset >= this.#lastOffset && this.#excused.delete(name)) this.seen()
    }
    this.#lastOffset = role.offset
    for (const name of this.#excused.keys()) {
      if (this.#isExcused(name)) continue
      this.#excused.delete(name)
      this.seen()
    }
    if (this.#excused.size === 0) this.#options.degraded(false)
    return hasLost
  }

  /** Whether those that were meant have the batch: a WAIT counts all that follow, also those that nobody counts on. */
  async isConfirmed(quorum: Quorum, { count, role }: Acknowledged): Promise<boolean> {
    const told = this.#hear(role)
    if (count < quorum.count) return false
    if (!quorum.isByName) return true
    const deadline = performance.now() + NAMES_MS
    let now = told
    while (told !== undefined && now !== undefined && quorum.term === this.#term) {
      const have = new Set([...furthest(told, count), ...reaching(now, told.offset)])
      // One that is not waited for may be promoted just now: only the Sentinels can tell.
      if (quorum.expected.filter(name => have.has(name)).length >= quorum.count) return !this.#isBeingReplaced
      if (performance.now() > deadline) return false
      await sleep(ASK_AGAIN_MS)
      now = this.#hear(await this.#options.askPrimary())
    }
    return false
  }

  /** What it says as a primary, if it is one. */
  #hear(role: Role | undefined): PrimaryRole | undefined {
    if (role?.role !== 'primary') return undefined
    this.heard(role)
    return role
  }

  get #isBeingReplaced(): boolean {
    const { named, views } = this.#options
    return isBeingReplaced(this.#primary, named(), views())
  }

  /** Looks for the reason why only so many have what was sent before this call. */
  async explain(quorum: Quorum, { count, role: before }: Acknowledged): Promise<Explained> {
    if (quorum.term !== this.#term) return 'unknown'
    if (before?.role === 'primary' && performance.now() < quorum.gatherUntil) return 'unknown'
    const { role, expected } = await this.#look()
    if (quorum.term !== this.#term || role === undefined) return 'unknown'
    if (role.role !== 'primary') return 'leave'
    const have =
      before?.role === 'primary'
        ? [...furthest(before, count), ...reaching(role, before.offset)]
        : furthest(role, count)
    const silent = expected.filter(({ name }) => quorum.expected.includes(name) && !have.includes(name))
    const { views, named, sentinels, degraded } = this.#options
    const { verdict, excused } = explain({
      primary: this.#primary,
      named: named(),
      acknowledged: quorum.expected.filter(name => have.includes(name)).length,
      missing: silent,
      views: views(),
      sentinels,
    })
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
    const asked = this.expected.map(name => this.#ask(name))
    const [role, expected] = await Promise.all([askPrimary(), Promise.all(asked), look()])
    return { role, expected }
  }

  async #ask(name: NodeName): Promise<Missing> {
    const hasFollowed = this.#followers.has(name)
    const role = await this.#options.askReplica(name).catch(() => undefined)
    if (role === undefined || role.role === 'other') return { name, hasFollowed, says: 'nothing' }
    if (role.role === 'primary') return { name, hasFollowed, says: 'primary' }
    // Some call their primary by a name that Sentinel does not know: that is no other primary.
    const isOther = role.of !== this.#primary && this.#options.views().some(view => namesIn(view).includes(role.of))
    if (isOther) return { name, hasFollowed, says: 'replica of another' }
    return { name, hasFollowed, says: role.isConnected ? 'slow' : 'apart' }
  }

  #isExcused(name: NodeName): boolean {
    const since = this.#excused.get(name)
    return since !== undefined && performance.now() - since < EXCUSED_MS
  }
}

/** The replicas that have most: so many have acknowledged. */
function furthest({ replicas }: PrimaryRole, count: number): NodeName[] {
  const inOrder = [...replicas].sort((a, b) => b.offset - a.offset)
  return inOrder.slice(0, count).map(({ name }) => name)
}

/** The replicas that have everything up to there. */
function reaching({ replicas }: PrimaryRole, offset: number): NodeName[] {
  return replicas.filter(replica => replica.offset >= offset).map(({ name }) => name)
}
