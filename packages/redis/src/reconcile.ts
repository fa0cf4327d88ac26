/** What to do about one entry of the journal on a primary that may not have it: the table of PROTOCOL section 7. Pure. */
import type { StoredRecord } from '@sentinel-session/core'
import type { Entry, LiveEntry } from './journal.ts'
import { contains, isDominated, isUnsure } from './revisions.ts'

/** What is stored under the key: nothing, a tombstone, something that is no session of ours, or a record. */
export type Found = null | 'ended' | 'foreign' | StoredRecord

/**
 * - `nothing`: it is there, or nobody can tell.
 * - `forget`: it is not wanted there any more.
 * - `lost`: it is not there, and is not to be written again.
 * - `raise`: the generation of a user is raised.
 * - `list`: the index of a user lists the session.
 * - `end`: a tombstone is written.
 * - `restore`: the record is written, under an absent key or over an older record.
 * - `redo`: both have what the other has not: the changes since `base`, which it has too, are made again on what is stored.
 */
export type Action =
  | { do: 'nothing' | 'forget' | 'lost' | 'raise' | 'list' | 'end' }
  | { do: 'restore'; over: StoredRecord | null }
  | { do: 'redo'; on: StoredRecord; base: StoredRecord | null }

export function reconcile(entry: Entry, found: Found, now: number, restore: boolean): Action {
  if (entry.kind === 'raised') return { do: 'raise' }
  if (entry.kind === 'joined') return { do: 'list' }
  if (entry.kind === 'ended') {
    if (found === 'ended' || found === 'foreign') return { do: 'nothing' }
    return { do: 'end' }
  }
  if (entry.record.expiresAt <= now) return { do: 'forget' }
  if (found === 'foreign') return { do: 'nothing' }
  if (found === 'ended') return { do: 'forget' }
  if (found === null) return restore ? { do: 'restore', over: null } : { do: 'lost' }
  return over(entry, found)
}

function over({ record, earlier, base, redo }: LiveEntry, found: StoredRecord): Action {
  if (contains(found.revisions, record.revisions)) return { do: 'nothing' }
  if (isDominated(found.revisions, record.revisions)) return { do: 'restore', over: found }
  if (found.user !== undefined && found.user !== record.user) return { do: 'nothing' }
  if (isUnsure(found.revisions, record.revisions) || redo === undefined) return { do: 'nothing' }
  const shared = [...earlier].reverse().find(({ revisions }) => contains(found.revisions, revisions))
  return { do: 'redo', on: found, base: shared ?? base }
}
