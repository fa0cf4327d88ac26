/**
 * One shard of a cluster, served as a Sentinel deployment of its own: the nodes that serve slots are its Sentinels, for they decide
 * who is promoted, and each says of this shard what a Sentinel says of its primary. It never goes back to an earlier epoch.
 */
import type { ClusterNode, ClusterView, NodeId } from './cluster-view.ts'
import type { ClusterWatcher } from './cluster-watcher.ts'
import { candidates, isMajority, type SentinelView } from './sentinel-view.ts'
import type { Address, NodeName, Topology, TopologyEvents } from './topology.ts'

/** Within two node timeouts a replica follows the new primary or is called down, and within this time more all have told us. */
const HEARD_MS = 1_000

/** What all shards share. */
export type SharedWatcher = Pick<ClusterWatcher, 'map' | 'views' | 'locate' | 'look' | 'addressOf' | 'whyNot'>

export class ClusterShard implements Topology {
  readonly #watcher: SharedWatcher
  #events: TopologyEvents | undefined
  #followed: { primary: NodeName; epoch: number } | undefined
  /** The node that serves its slots. */
  lead: NodeId
  /** `performance.now()`: since when it has another lead than before. */
  #changedAt = Number.NEGATIVE_INFINITY
  /** Whoever is, or was, its primary or a replica: any of them may lead it one day. */
  readonly #members = new Set<NodeId>()

  constructor(watcher: SharedWatcher, lead: NodeId) {
    this.#watcher = watcher
    this.lead = lead
    this.join(lead)
  }

  listen(events: TopologyEvents): this {
    this.#events = events
    return this
  }

  has(node: NodeId): boolean {
    return this.#members.has(node)
  }

  /** This node leads it now; others that lead shards of their own are no members any more. */
  join(lead: NodeId): void {
    const { voters, replicas } = this.#watcher.map
    if (lead !== this.lead) this.#changedAt = performance.now()
    this.lead = lead
    for (const id of [lead, ...(replicas.get(lead) ?? [])]) this.#members.add(id)
    for (const id of voters) if (id !== lead) this.#members.delete(id)
  }

  /** The watcher has heard something new. */
  heard(): void {
    if (this.#followed === undefined) return
    this.#events?.seen()
    const { named } = this
    if (named !== undefined && named !== this.#followed.primary) this.#events?.moved()
  }

  get sentinels(): number {
    return this.#watcher.map.voters.size
  }

  get views(): SentinelView[] {
    const { voters } = this.#watcher.map
    return this.#watcher.views.filter(({ self }) => voters.has(self)).flatMap(view => this.#seenBy(view) ?? [])
  }

  get hasMajority(): boolean {
    return isMajority(this.views.length, this.sentinels)
  }

  /** Replicas may tell, too: one that was promoted is the first to know. */
  get named(): NodeName | undefined {
    return this.#candidates[0]
  }

  /** Rejects with `ERR_BACKEND_UNAVAILABLE` when no node that answers knows a primary, or with what they refuse us for. */
  async locate(): Promise<NodeName[]> {
    await this.#watcher.locate()
    const found = this.#candidates
    if (found.length === 0) throw this.#watcher.whyNot()
    return found
  }

  follow(primary: NodeName): void {
    const epochs = this.#allViews.filter(view => view.primary === primary).map(({ epoch }) => epoch)
    this.#followed = { primary, epoch: Math.max(0, ...epochs, this.#followed?.epoch ?? 0) }
  }

  look(): Promise<void> {
    return this.#watcher.look()
  }

  addressOf(name: NodeName): Address {
    return this.#watcher.addressOf(name)
  }

  /** What is shared goes on. */
  close(): void {
    this.#events = undefined
  }

  get #allViews(): SentinelView[] {
    return this.#watcher.views.flatMap(view => this.#seenBy(view) ?? [])
  }

  get #candidates(): NodeName[] {
    const views = this.#allViews
    return views.length === 0 ? [] : candidates(views, this.#followed?.epoch ?? 0)
  }

  /** Undefined: it knows no primary among the members. */
  #seenBy(view: ClusterView): SentinelView | undefined {
    const { nodes, nodeTimeoutMs } = view
    const [primary] = nodes.filter(({ id, of }) => of === undefined && this.#members.has(id)).sort(likelierFirst)
    if (primary === undefined) return undefined
    return {
      primary: this.#nameOf(primary),
      epoch: primary.epoch,
      isSwitching: false,
      isFailingOver: false,
      isPrimaryDown: primary.isDown,
      downAfterMs: nodeTimeoutMs,
      sentinels: this.sentinels,
      replicas: nodes
        .filter(node => node.of !== undefined && (node.of === primary.id || this.#isFormer(node.of, view)))
        .map(node => ({ name: this.#nameOf(node), runId: this.#runIdOf(node.id), isDown: node.isDown })),
    }
  }

  /**
   * Who follows a former primary of this shard will follow the new one in a moment. A Sentinel lists it all the time; a node of a cluster
   * lists it where it was until it says so itself, and until then the new primary would have no replica to wait for. One that stays
   * with a former primary that is well has its reasons.
   */
  #isFormer(node: NodeId, { nodes, nodeTimeoutMs }: ClusterView): boolean {
    if (!this.#members.has(node)) return false
    const isDown = nodes.some(({ id, isDown }) => id === node && isDown)
    return isDown || performance.now() - this.#changedAt < 2 * nodeTimeoutMs + HEARD_MS
  }

  /** All call a node by one name, whatever each of them has heard of its address. */
  #nameOf({ id, name }: ClusterNode): NodeName {
    return this.#watcher.map.nodes.get(id)?.name ?? name
  }

  #runIdOf(node: NodeId): string {
    return this.#watcher.views.find(({ self }) => self === node)?.runId ?? ''
  }
}

/** A former primary that is not demoted yet has lost its slots. */
function likelierFirst(a: ClusterNode, b: ClusterNode): number {
  return Number(b.slots.length > 0) - Number(a.slots.length > 0) || b.epoch - a.epoch
}
