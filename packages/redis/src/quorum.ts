/** What a batch waits for before it is answered. Pure. */
import type { Origin } from './journal.ts'
import type { SentinelView } from './sentinel-view.ts'
import type { NodeName } from './topology.ts'

/** `expected`: all replicas that Sentinel counts on. A number: so many of them. */
export type Acknowledge = 'expected' | 1 | 0

/** What a command asks for at the least: nothing, what is configured, or every expected replica. */
export type Durability = 'none' | 'configured' | 'expected'

/** What a batch waits for, as it was when the batch was sent. */
export interface Quorum {
  /** Which of the primaries that were followed. The same node may be primary twice. */
  readonly term: number
  readonly expected: readonly NodeName[]
  /** How many of them must have the batch. */
  readonly count: number
  /** Replicas that nobody counts on may answer in their place, or some are on their way: it must be known who has answered. */
  readonly isByName: boolean
  /** `performance.now()`: until then those that are not here yet are on their way to a new primary, and asked for often. 0: all are here. */
  readonly gatherUntil: number
  /** Who has the batch when it is confirmed. */
  readonly origin: Origin
  /** Who has it when the missing ones are excused. */
  readonly own: Origin
}

export type Quorums = Readonly<Record<Durability, Quorum>>

export interface Counted {
  term: number
  /** The primary, and the data set that it serves. */
  own: Origin
  expected: readonly NodeName[]
  gatherUntil: number
  /** All that may follow the primary, counted on or not. */
  known: ReadonlySet<NodeName>
  views: readonly SentinelView[]
  acknowledge: Acknowledge
}

export function quorumsOf({ term, own, expected, gatherUntil, known, views, acknowledge }: Counted): Quorums {
  const everybody: Quorum = {
    term,
    expected,
    count: expected.length,
    isByName: gatherUntil > 0 || [...known].some(name => !expected.includes(name)),
    gatherUntil,
    origin: { dataSet: own.dataSet, holders: new Set([...own.holders, ...runIdsOf(expected, views)]) },
    own,
  }
  const some = (count: number): Quorum => ({ ...everybody, count: Math.min(count, expected.length), origin: own })
  return {
    none: some(0),
    configured: acknowledge === 'expected' ? everybody : some(acknowledge),
    expected: everybody,
  }
}

function runIdsOf(names: readonly NodeName[], views: readonly SentinelView[]): string[] {
  const known = new Map(views.flatMap(({ replicas }) => replicas.map(({ name, runId }) => [name, runId])))
  return names.flatMap(name => known.get(name) ?? [])
}
