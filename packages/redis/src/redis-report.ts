/** What a backend sees, for a health check and for people. */
import type { Failover, Status } from './health.ts'
import type { Journal } from './journal.ts'
import type { Link, ShardReport } from './link.ts'
import type { Warning } from './warnings.ts'

export interface RedisReport {
  /** `ready`: all is well. `degraded`: sessions are served, with less safety than asked for. `down`: requests wait. */
  status: Status
  /** Epoch ms: when the status became what it is. */
  since: number
  topology: 'sentinel' | 'standalone' | 'cluster'
  /** `host:port`; null while there is none, and of a cluster, which has several. */
  primary: string | null
  /** `host:port` of those that a write waits for. */
  replicas: readonly string[]
  /** Open connections to it; of a cluster to all. */
  lanes: number
  /** Commands that wait for it. */
  waiting: number
  /** What was acknowledged in the last minute, to be written again to a primary that has lost it. */
  journal: { entries: number; bytes: number }
  /** With `nearCache` only: the sessions that are kept in this process, and the reads that found one there, or did not. */
  nearCache?: { entries: number; hits: number; misses: number }
  /** Of a cluster only: the shards that serve slots. The rest of the report is about all of them, `status` the worst. */
  shards?: readonly ShardReport[]
  /** The last change of the primary that this process has seen. */
  lastFailover: Failover | null
  /** What this deployment cannot guarantee, as it was when this process first connected. */
  warnings: readonly Warning[]
}

export function reportOf(link: Link, journal: Journal | undefined): RedisReport {
  const { name, replicas, laneCount, waiting, health, shards, topology } = link
  const { status, since, lastFailover, warnings } = health
  return {
    status,
    since,
    topology,
    primary: name,
    replicas,
    ...(shards === undefined ? {} : { shards }),
    lanes: laneCount,
    waiting,
    journal: { entries: journal?.entries ?? 0, bytes: journal?.bytes ?? 0 },
    lastFailover,
    warnings,
  }
}
