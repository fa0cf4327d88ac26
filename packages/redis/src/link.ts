/** The way to the store, as the verbs need it: one primary, the shards of a cluster, or what a test puts in their place. */
import type { Budget, Call } from '@sentinel-session/core'
import type { Sending, Sent } from './command.ts'
import type { Failover, Health, Status } from './health.ts'
import type { Kind } from './pool.ts'
import type { Primary } from './primary.ts'
import type { NewPrimary, Restored } from './restore.ts'
import type { NodeName } from './topology.ts'

/** Where the commands go, and after what. One primary has all keys, and keeps the order. */
export interface Route {
  key: string
  after?: Call['after']
}

/** How one shard of a cluster is. */
export interface ShardReport {
  status: Status
  /** `host:port`; null while there is none. */
  primary: NodeName | null
  /** `host:port` of those that a write waits for. */
  replicas: readonly NodeName[]
  lastFailover: Failover | null
}

/** One that has keys of its own. */
export type Store = Pick<Primary, 'send' | 'name'>

export interface Link {
  readonly topology: 'sentinel' | 'standalone' | 'cluster'
  readonly name: NodeName | null
  readonly replicas: readonly NodeName[]
  readonly laneCount: number
  readonly waiting: number
  readonly health: Pick<Health, 'status' | 'since' | 'lastFailover' | 'warnings' | 'caughtUp'>
  /** Of a cluster only. */
  readonly shards?: readonly ShardReport[]
  /** What is to be done on a primary that is new, before anything else is sent to it. */
  beforeUse(catchUp: (primary: NewPrimary) => Promise<Restored>): void
  send(kind: Kind, sending: Sending, budget: Budget | undefined, route: Route): Promise<Sent>
  /** Who has all keys together. */
  stores(): Promise<readonly Store[]>
  ready(): Promise<void>
  close(): Promise<void>
}
