/** Why a replica did not acknowledge, and what that means for the writes that wait for it (PROTOCOL section 5). Pure. */
import { isMajority, type SentinelView } from './sentinel-view.ts'
import type { NodeName } from './topology.ts'

/**
 * - `accept`: nothing speaks against this primary, and what is missing is excused.
 * - `unknown`: the same writes go again, until there is an explanation or the budget ends.
 * - `leave`: this node is no primary any more, or not for long.
 */
export type Explained = 'accept' | 'unknown' | 'leave'

export interface Missing {
  name: NodeName
  /** It has followed this primary since the primary was opened. */
  hasFollowed: boolean
  /** `slow`: follows and is connected. `apart`: a replica without a link to its primary. */
  says: 'primary' | 'replica of another' | 'slow' | 'apart' | 'nothing'
}

export interface Facts {
  primary: NodeName
  /** Whom the Sentinels name. Undefined: those that can be asked know less than those before. */
  named: NodeName | undefined
  /** How many of the replicas that are counted on have acknowledged. */
  acknowledged: number
  missing: readonly Missing[]
  /** What the Sentinels said after the writes were sent. */
  views: readonly SentinelView[]
  /** How many Sentinels there are. */
  sentinels: number
}

export interface Explanation {
  verdict: Explained
  /** Not waited for until they have caught up. */
  excused: readonly NodeName[]
}

export function explain({ primary, named, acknowledged, missing, views, sentinels }: Facts): Explanation {
  const none: readonly NodeName[] = []
  if (isBeingReplaced(primary, named, views)) return { verdict: 'leave', excused: none }
  if (missing.some(isPromoted)) return { verdict: 'leave', excused: none }

  const isBacked = isMajority(views.filter(view => view.primary === primary && !view.isPrimaryDown).length, sentinels)
  if (!isBacked) return { verdict: 'unknown', excused: none }
  // Another primary than the one that a majority names, which never followed this one: the former, not demoted yet.
  const former = missing.filter(({ says }) => says === 'primary').map(({ name }) => name)
  const others = missing.filter(({ says }) => says !== 'primary')
  if (others.length > 0 && acknowledged === 0) return { verdict: 'unknown', excused: former }
  return { verdict: 'accept', excused: missing.map(({ name }) => name) }
}

/** Another primary is named already, or looked for. */
export function isBeingReplaced(
  primary: NodeName,
  named: NodeName | undefined,
  views: readonly SentinelView[],
): boolean {
  if (named !== undefined && named !== primary) return true
  return views.some(view => view.isFailingOver && view.primary === primary)
}

function isPromoted({ hasFollowed, says }: Missing): boolean {
  return hasFollowed && (says === 'primary' || says === 'replica of another')
}
