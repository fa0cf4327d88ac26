/** What one Sentinel says about the deployment, and what follows from what several say. Pure. */
import type { NodeName } from './topology.ts'

export interface SentinelView {
  primary: NodeName
  /** The count of agreed failovers: the higher one is the later one. */
  epoch: number
  /** It leads a failover and names the new primary already; the others will within a second or so. */
  isSwitching: boolean
  /** It leads a failover that has no new primary yet. */
  isFailingOver: boolean
  /** It gets no answer from the primary. */
  isPrimaryDown: boolean
  /** After how long without an answer it calls a node down. */
  downAfterMs: number
  /** How many Sentinels there are, by its count. */
  sentinels: number
  replicas: readonly { name: NodeName; runId: string; isDown: boolean }[]
}

type Entry = readonly string[]

/** Reads `SENTINEL get-master-addr-by-name`, `SENTINEL MASTER` and `SENTINEL REPLICAS`. */
export function parseView(
  address: readonly [string, string],
  primary: Entry,
  replicas: readonly Entry[],
): SentinelView {
  const facts = factsOf(primary)
  const flags = flagsOf(facts)
  const name = `${address[0]}:${address[1]}`
  const isSwitching = name !== `${facts.ip}:${facts.port}`
  return {
    primary: name,
    epoch: Number(facts['config-epoch']),
    isSwitching,
    isFailingOver: flags.includes('failover_in_progress') && !isSwitching,
    isPrimaryDown: flags.some(isDownFlag),
    downAfterMs: Number(facts['down-after-milliseconds']),
    sentinels: Number(facts['num-other-sentinels']) + 1,
    replicas: replicas.map(entry => {
      const replica = factsOf(entry)
      const isDown = flagsOf(replica).some(isDownFlag)
      return { name: `${replica.ip}:${replica.port}`, runId: replica.runid ?? '', isDown }
    }),
  }
}

/**
 * Whom to try, the likeliest first: what the highest epoch names, and not below the epoch that was followed already. Within it
 * a Sentinel that is just switching knows more than the others; then most votes count.
 */
export function candidates(views: readonly SentinelView[], followedEpoch: number): NodeName[] {
  const newest = Math.max(...views.map(view => view.epoch))
  if (newest < followedEpoch) return []
  const votes = new Map<NodeName, number>()
  for (const { primary, epoch, isSwitching } of views) {
    if (epoch === newest) votes.set(primary, (votes.get(primary) ?? 0) + (isSwitching ? views.length : 1))
  }
  return [...votes].sort(([, a], [, b]) => b - a).map(([name]) => name)
}

/** More than half of all Sentinels, reachable or not. */
export function isMajority(count: number, sentinels: number): boolean {
  return count > sentinels / 2
}

/** All nodes that it knows. */
export function namesIn({ primary, replicas }: SentinelView): NodeName[] {
  return [primary, ...replicas.map(({ name }) => name)]
}

/** The replicas that are counted on: all that are listed, but for the primary and those that a majority calls down. */
export function countedOn(views: readonly SentinelView[], sentinels: number, primary: NodeName): Set<NodeName> {
  const listed = new Set<NodeName>()
  const down = new Map<NodeName, number>()
  for (const { primary: named, replicas } of views) {
    // A node that is named as primary meanwhile must have what is written here.
    listed.add(named)
    for (const { name, isDown } of replicas) {
      listed.add(name)
      if (isDown) down.set(name, (down.get(name) ?? 0) + 1)
    }
  }
  listed.delete(primary)
  for (const [name, count] of down) if (isMajority(count, sentinels)) listed.delete(name)
  return listed
}

function factsOf(entry: Entry): Record<string, string | undefined> {
  const facts: Record<string, string | undefined> = {}
  for (let at = 0; at + 1 < entry.length; at += 2) facts[entry[at]!] = entry[at + 1]
  return facts
}

function flagsOf({ flags = '' }: Record<string, string | undefined>): string[] {
  return flags.split(',')
}

/** Not `disconnected`: a promotion cuts the lines of the Sentinels too, to the very replica that must not be forgotten then. */
function isDownFlag(flag: string): boolean {
  return flag === 's_down' || flag === 'o_down'
}
