/**
 * The way to a cluster: a key's slot tells its shard, and each shard is served as a Sentinel deployment is, by a `Primary` of its
 * own. What a node sends elsewhere goes there with the same revision, so that it is applied once.
 */
import { type Budget, isSessionError, type SessionError } from '@sentinel-session/core'
import { asking, withoutAsking } from './asking.ts'
import { budgetFor } from './budget.ts'
import { ClusterHealth } from './cluster-health.ts'
import { ClusterShard } from './cluster-shard.ts'
import type { NodeId } from './cluster-view.ts'
import { type ClusterOptions, ClusterWatcher } from './cluster-watcher.ts'
import type { Sending, Sent } from './command.ts'
import { SLOTS, slotOf } from './key-slot.ts'
import type { Link, Route, ShardReport } from './link.ts'
import { pause } from './pause.ts'
import type { Kind } from './pool.ts'
import { Primary, type PrimaryOptions } from './primary.ts'
import { Redirection } from './redirection.ts'
import { closed, unavailable } from './redis-errors.ts'
import type { NewPrimary, Restored } from './restore.ts'
import { Search } from './search.ts'
import type { NodeName } from './topology.ts'

export type ClusterSettings = Omit<PrimaryOptions, 'deployment'>

export class Cluster implements Link {
  readonly topology = 'cluster'
  /** There are several: see `shards`. */
  readonly name = null
  readonly health: ClusterHealth
  readonly #settings: ClusterSettings
  readonly #watcher: ClusterWatcher
  readonly #search: Search
  readonly #shards = new Map<ClusterShard, Primary>()
  /** The shards by who leads them. */
  #leads: ReadonlyMap<NodeId, ClusterShard> = new Map()
  /** Commands that have no shard yet. */
  #homeless = 0
  #isClosing = false
  #catchUp: (primary: NewPrimary) => Promise<Restored> = async () => ({ restored: 0, lost: 0 })

  constructor(settings: ClusterSettings, cluster: ClusterOptions) {
    this.#settings = settings
    this.#watcher = new ClusterWatcher(cluster, () => this.#heard())
    this.#search = new Search({
      open: () => this.#look(),
      isNeeded: () => false,
      expire: () => {},
      failAll: () => {},
    })
    this.health = new ClusterHealth(settings.onEvent, () => this.#primaries.map(({ health }) => health))
  }

  get replicas(): readonly NodeName[] {
    return this.#primaries.flatMap(({ replicas }) => replicas)
  }

  get laneCount(): number {
    return this.#sum(({ laneCount }) => laneCount)
  }

  get waiting(): number {
    return this.#homeless + this.#sum(({ waiting }) => waiting)
  }

  get shards(): readonly ShardReport[] {
    return this.#primaries.map(({ name, replicas, health: { status, lastFailover } }) => {
      return { status, primary: name, replicas, lastFailover }
    })
  }

  beforeUse(catchUp: (primary: NewPrimary) => Promise<Restored>): void {
    this.#catchUp = catchUp
  }

  /** Sends to whoever serves the key, and after those whom they name, while the budget lasts. Rejects with a `SessionError`. */
  async send(kind: Kind, sending: Sending, budget: Budget | undefined, { key, after }: Route): Promise<Sent> {
    const own = budget ?? { leftMs: this.#budgetMs }
    if (after !== undefined && (await spending(own, after)) === null) throw unavailable('What goes before was not done')
    const slot = slotOf(key)
    let uncertain = false
    let ask: NodeName | undefined
    for (;;) {
      const shard = (ask === undefined ? undefined : this.#shardAt(ask)) ?? (await this.#shardOf(slot, own))
      try {
        const primary = this.#shards.get(shard)!
        const sent = await primary.send(kind, ask === undefined ? sending : asking(sending), own)
        const replies = ask === undefined ? sent.replies : withoutAsking(sent.replies)
        return { ...sent, replies, reply: replies[0]!, uncertain: uncertain || sent.uncertain }
      } catch (error) {
        const redirection = error instanceof Redirection ? error : undefined
        const isRetired = !this.#isClosing && isSessionError(error, 'ERR_BACKEND_CLOSED')
        if (redirection === undefined && !isRetired) throw error
        uncertain ||= redirection?.uncertain ?? true
        ask = redirection?.isForNow === true ? redirection.target : undefined
        await spending(own, this.#learn(redirection, shard, slot))
        if (own.leftMs <= 0) throw unavailable('The slot of the session moved until the budget ended')
      }
    }
  }

  /** The shards: each has the keys of its slots. */
  async stores(): Promise<readonly Primary[]> {
    await this.#search.until(performance.now() + this.#budgetMs)
    return this.#primaries
  }

  /** Resolves when all slots are served; rejects with the reason why they are not. */
  async ready(): Promise<void> {
    if (this.#isClosing) throw closed()
    const deadline = performance.now() + this.#budgetMs
    await this.#search.until(deadline)
    for (;;) {
      const { owners } = this.#watcher.map
      const missing = owners.filter(owner => owner === undefined).length
      if (missing === 0) break
      if (performance.now() > deadline) throw unavailable(`Nobody serves ${missing} of the ${SLOTS} slots`)
      await pause()
      await this.#search.until(deadline)
    }
    await Promise.all(this.#primaries.map(primary => primary.ready()))
  }

  async close(): Promise<void> {
    this.#isClosing = true
    await Promise.all([...this.#shards.values()].map(primary => primary.close()))
    this.#search.end()
    this.#watcher.close()
    this.health.closed()
  }

  get #budgetMs(): number {
    return this.#settings.failoverBudgetMs ?? budgetFor(this.#watcher.views.map(view => view.nodeTimeoutMs))
  }

  /** Of the shards that serve slots. */
  get #primaries(): Primary[] {
    return [...new Set(this.#leads.values())].flatMap(shard => this.#shards.get(shard) ?? [])
  }

  #sum(figure: (primary: Primary) => number): number {
    return [...this.#shards.values()].reduce((sum, primary) => sum + figure(primary), 0)
  }

  async #look(): Promise<SessionError | undefined> {
    await this.#watcher.locate()
    if (this.#isClosing) return closed()
    return this.#watcher.map.voters.size === 0 ? this.#watcher.whyNot() : undefined
  }

  /** Waits for one that serves the slot. */
  async #shardOf(slot: number, budget: Budget): Promise<ClusterShard> {
    const known = this.#known(slot)
    if (known !== undefined) return known
    if (this.#isClosing) throw closed()
    const { refusal } = this.#search
    if (refusal !== undefined) throw refusal
    if (this.#homeless >= this.#settings.maxWaiting) throw unavailable('Too many requests wait for the cluster already')
    this.#homeless += 1
    try {
      return await spending(budget, this.#seek(slot, performance.now() + budget.leftMs))
    } finally {
      this.#homeless -= 1
    }
  }

  async #seek(slot: number, deadline: number): Promise<ClusterShard> {
    for (;;) {
      await this.#search.until(deadline)
      const shard = this.#known(slot)
      if (shard !== undefined) return shard
      if (performance.now() > deadline) throw unavailable('Nobody serves the slot of the session')
      await pause()
    }
  }

  #known(slot: number): ClusterShard | undefined {
    const owner = this.#watcher.map.owners[slot]
    return owner === undefined ? undefined : this.#leads.get(owner)
  }

  /** A node that is just getting its first slots leads a shard already. */
  #shardAt(name: NodeName): ClusterShard | undefined {
    const node = this.#watcher.idOf(name)
    if (node === undefined) return undefined
    return [...this.#shards.keys()].find(shard => shard.lead === node || shard.has(node)) ?? this.#found(node)
  }

  /** Asks the node that was named, unless it is known meanwhile whose the slot is. */
  async #learn(redirection: Redirection | undefined, shard: ClusterShard, slot: number): Promise<void> {
    if (redirection?.isForNow === true && this.#watcher.idOf(redirection.target) !== undefined) return
    if (redirection?.isForNow !== true && this.#known(slot) !== shard) return
    await (redirection === undefined ? this.#watcher.locate() : this.#watcher.ask(redirection.target))
    if (this.#known(slot) === shard) await pause()
  }

  /** Matches who serves slots with the shards: the one with the same lead, or whose member took over, or a new one. */
  #heard(): void {
    if (this.#isClosing) return
    const { voters, nodes } = this.#watcher.map
    const leads = new Map<NodeId, ClusterShard>()
    const free = new Set(this.#shards.keys())
    const take = (node: NodeId, shard: ClusterShard): void => {
      free.delete(shard)
      leads.set(node, shard)
    }
    for (const shard of free) if (voters.has(shard.lead)) take(shard.lead, shard)
    for (const node of voters) {
      if (leads.has(node)) continue
      const successor = [...free].find(shard => shard.has(node))
      take(node, successor ?? this.#found(node))
    }
    this.#leads = leads
    for (const [node, shard] of leads) shard.join(node)
    for (const shard of this.#shards.keys()) shard.heard()
    for (const shard of free) {
      const lead = nodes.get(shard.lead)
      // One without slots may be about to get some.
      if (lead === undefined || lead.of !== undefined || lead.isDown) this.#retire(shard)
    }
  }

  #found(lead: NodeId): ClusterShard {
    const shard = new ClusterShard(this.#watcher, lead)
    const primary = new Primary({
      ...this.#settings,
      deployment: { shard: events => shard.listen(events) },
      onEvent: event => this.health.hear(shard, event),
    })
    primary.beforeUse(node => this.#catchUp({ ...node, owns: key => this.#known(slotOf(key)) === shard }))
    this.#shards.set(shard, primary)
    // A primary that cannot be reached now is looked for again by whoever needs it.
    primary.ready().catch(() => undefined)
    return shard
  }

  /** What still waits for it goes where its slots went. */
  #retire(shard: ClusterShard): void {
    void this.#shards.get(shard)?.close()
    this.#shards.delete(shard)
    this.health.forget(shard)
  }
}

async function spending<X>(budget: Budget, work: Promise<X>): Promise<X> {
  const since = performance.now()
  try {
    return await work
  } finally {
    budget.leftMs -= performance.now() - since
  }
}
