/** The three-way merge of a commit that met another write: pure, per top-level key (PROTOCOL section 3). */
import { deepEqual } from './deep-equal.ts'
import { SessionError } from './errors.ts'
import type { Resolution } from './events.ts'

/** The values of a session; it has no prototype, so every key is only a key. */
export type Data = Record<string, unknown>

/** What `Object.create(null)` makes is a dictionary to V8, which costs several times as much to fill, to copy and to list. */
export function emptyData(): Data {
  return Object.setPrototypeOf({}, null) as Data
}

/** A copy of the keys, not of what stands under them. */
export function copyOfData(data: Data): Data {
  return Object.setPrototypeOf({ ...data }, null) as Data
}

export interface Versions {
  base: unknown
  mine: unknown
  theirs: unknown
}

/** What to do with a key that both sides changed. A function returns the value to store; `undefined` deletes. */
export type OnConflict = 'mine' | 'theirs' | 'reject' | ((key: string, versions: Versions) => unknown)

export interface Sides {
  /** As loaded, before the handler. */
  base: Data
  mine: Data
  /** As stored now. */
  theirs: Data
  /** Update functions by key: they run again on the stored value. */
  updates?: ReadonlyMap<string, (now: unknown) => unknown>
  onConflict: OnConflict
}

export interface Merged {
  data: Data
  conflicts: { key: string; resolved: Resolution }[]
}

/**
 * Changed on one side only: taken. Changed on both: a deletion wins over a change, update functions run again, equal values
 * are no conflict, otherwise `onConflict` decides. `'reject'` throws `ERR_SESSION_CONFLICT`, naming the key.
 */
export function merge({ base, mine, theirs, updates, onConflict }: Sides): Merged {
  const data = copyOfData(theirs)
  const conflicts: Merged['conflicts'] = []
  const put = (key: string, value: unknown): void => {
    if (value === undefined) delete data[key]
    else data[key] = value
  }
  for (const key of new Set([...Object.keys(base), ...Object.keys(mine)])) {
    if (same(base, mine, key)) continue
    if (same(base, theirs, key)) {
      if (key in mine) data[key] = mine[key]
      else delete data[key]
      continue
    }
    const update = updates?.get(key)
    if (!(key in mine) || !(key in theirs)) {
      if (key in mine || key in theirs) conflicts.push({ key, resolved: key in mine ? 'theirs' : 'mine' })
      delete data[key]
    } else if (update !== undefined) {
      put(key, update(theirs[key]))
      conflicts.push({ key, resolved: 'rerun' })
    } else if (same(mine, theirs, key)) {
      // The same value twice is no conflict; two updates to the same value were two updates, and ran above.
    } else if (onConflict === 'mine') {
      data[key] = mine[key]
      conflicts.push({ key, resolved: 'mine' })
    } else if (onConflict === 'theirs') {
      conflicts.push({ key, resolved: 'theirs' })
    } else if (onConflict === 'reject') {
      throw new SessionError('ERR_SESSION_CONFLICT', `Another request changed the session key "${key}" meanwhile.`, {
        field: key,
      })
    } else {
      put(key, onConflict(key, { base: base[key], mine: mine[key], theirs: theirs[key] }))
      conflicts.push({ key, resolved: 'custom' })
    }
  }
  return { data, conflicts }
}

function same(left: Data, right: Data, key: string): boolean {
  return key in left === key in right && deepEqual(left[key], right[key])
}
