/** What the running nodes of a cluster say about each other, and whether they agree. */
import type { RedisProcess } from './redis-process.ts'

/** One node, as another one lists it. */
export interface SeenNode {
  id: string
  port: number
  flags: readonly string[]
  /** Id of its primary; undefined for a primary. */
  of: string | undefined
  /** As they are written: `0-5460`. */
  slots: readonly string[]
}

export async function nodesSeenBy(node: RedisProcess): Promise<SeenNode[]> {
  const text = String(await node.ask(['CLUSTER', 'NODES']))
  return text
    .trim()
    .split('\n')
    .map(line => {
      const [id = '', address = '', flags = '', of = '', , , , , ...slots] = line.trim().split(' ')
      const port = Number(/:(\d+)@/.exec(address)?.[1])
      const own = slots.filter(slot => !slot.startsWith('['))
      return { id, port, flags: flags.split(','), of: of === '-' ? undefined : of, slots: own }
    })
}

/** All running nodes see the same primaries with the same slots, all slots are served, and all running replicas follow one. */
export async function requireConsent(nodes: readonly RedisProcess[]): Promise<void> {
  const running = nodes.filter(({ state }) => state === 'running')
  const asked = running.map(async node => ({ node, seen: await nodesSeenBy(node), info: await infoOf(node) }))
  const answers = await Promise.all(asked)
  const [first] = answers
  for (const { node, seen, info } of answers) {
    if (!info.includes('cluster_state:ok')) throw new Error(`${node.node.port} says that the cluster is down`)
    if (rolesIn(seen) !== rolesIn(first!.seen)) throw new Error(`${node.node.port} disagrees about roles or slots`)
    for (const other of running) {
      const flags = seen.find(({ port }) => port === other.node.port)?.flags ?? []
      if (!flags.some(isFailure)) continue
      throw new Error(`${node.node.port} sees ${other.node.port} as ${flags.join(',')}`)
    }
    const isReplica = seen.some(({ flags }) => flags.includes('myself') && flags.includes('slave'))
    if (isReplica && !info.includes('master_link_status:up')) throw new Error(`${node.node.port} does not follow yet`)
  }
}

async function infoOf(node: RedisProcess): Promise<string> {
  return `${await node.ask(['CLUSTER', 'INFO'])}${await node.ask(['INFO', 'replication'])}`
}

function rolesIn(seen: readonly SeenNode[]): string {
  return seen
    .map(({ id, of, slots }) => `${id} ${of} ${slots.join(' ')}`)
    .sort()
    .join('\n')
}

function isFailure(flag: string): boolean {
  return flag.startsWith('fail')
}
