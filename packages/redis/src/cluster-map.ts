/** What follows from what several nodes of a cluster say: who serves which slot, and who decides. Pure. */
import type { ClusterNode, ClusterView, NodeId } from './cluster-view.ts'
import { SLOTS } from './key-slot.ts'

export interface ClusterMap {
  /** By slot; undefined: nobody serves it. */
  readonly owners: readonly (NodeId | undefined)[]
  /** Those that serve slots: a majority of them decides who takes the place of one. */
  readonly voters: ReadonlySet<NodeId>
  /** All nodes, as each says it of itself if it was asked. */
  readonly nodes: ReadonlyMap<NodeId, ClusterNode>
  /** Who follows a primary, or did by what one of them says. */
  readonly replicas: ReadonlyMap<NodeId, ReadonlySet<NodeId>>
}

/** A slot is whose claim has the highest epoch: the rule by which the nodes settle it among themselves. */
export function mapOf(views: readonly ClusterView[]): ClusterMap {
  const owners = new Array<NodeId | undefined>(SLOTS).fill(undefined)
  const nodes = new Map<NodeId, ClusterNode>()
  const replicas = new Map<NodeId, Set<NodeId>>()
  for (const view of views) {
    for (const node of view.nodes) {
      if (!nodes.has(node.id) || view.self === node.id) nodes.set(node.id, node)
      if (node.of !== undefined) replicas.set(node.of, (replicas.get(node.of) ?? new Set()).add(node.id))
    }
  }
  const claims = views.flatMap(view => view.nodes).filter(({ slots }) => slots.length > 0)
  for (const { id, slots } of claims.sort((a, b) => a.epoch - b.epoch)) {
    for (const [from, to] of slots) owners.fill(id, from, to + 1)
  }
  const voters = new Set(owners.filter(owner => owner !== undefined))
  return { owners, voters, nodes, replicas }
}
