/** One node of a cluster, asked what it knows of all. */
import { ANSWER_TIMEOUT_MS, AskedNode } from './asked-node.ts'
import { type ClusterView, essenceOf, parseNodes } from './cluster-view.ts'
import { type Login, within } from './connection.ts'
import type { Address } from './topology.ts'

/** What Redis is set to, where it may not be asked. */
const USUAL_NODE_TIMEOUT_MS = 15_000

export interface ClusterLinkOptions {
  address: Address
  login: Login
  /** The connection has ended by itself: worth a question. */
  lost(link: ClusterLink): void
}

/** Its view is the same object for as long as the node says the same. */
export type ClusterLink = AskedNode<ClusterView>

export function clusterLink({ address, login, lost }: ClusterLinkOptions): ClusterLink {
  let essence = ''
  const link: ClusterLink = new AskedNode({
    address,
    login,
    async begin(redis) {
      const [info, settings] = await within(
        ANSWER_TIMEOUT_MS,
        Promise.all([
          redis.call('INFO', 'server'),
          redis.call('CONFIG', 'GET', 'cluster-node-timeout').catch(() => []),
        ]),
      )
      const runId = /^run_id:(\S+)/m.exec(String(info))?.[1] ?? ''
      const nodeTimeoutMs = Number((settings as string[])[1] ?? USUAL_NODE_TIMEOUT_MS)
      return async () => {
        const text = String(await redis.call('CLUSTER', 'NODES'))
        const before = essence
        essence = `${runId} ${essenceOf(text)}`
        if (link.view !== undefined && essence === before) return link.view
        return { ...parseNodes(text, address.host), runId, nodeTimeoutMs }
      }
    },
    lost: () => lost(link),
  })
  return link
}
