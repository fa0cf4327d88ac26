/** What the nodes of a cluster say, for tests to change. */
import type { ClusterNode, ClusterView } from '../src/cluster-view.ts'

export function nodeOf(
  id: string,
  epoch: number,
  slots: ClusterNode['slots'],
  more: Partial<ClusterNode> = {},
): ClusterNode {
  return { id, name: `${id}:6379`, hostname: undefined, of: undefined, epoch, isDown: false, slots, ...more }
}

export function viewBy(self: string, nodes: ClusterNode[]): ClusterView {
  return { self, runId: `run-${self}`, nodeTimeoutMs: 1000, nodes }
}
