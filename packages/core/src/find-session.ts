/** From a sid to its session: also from a sid that was renewed, until its grace ends. */
import { type About, splitAbout } from './about.ts'
import type { Call, StoredRecord } from './backend.ts'
import type { Data } from './merge.ts'
import type { Policy } from './options.ts'
import { MOST_SIGNPOSTS } from './signpost.ts'
import type { Storage } from './storage.ts'

export interface Found {
  /** Where the session lives. */
  key: string
  record: StoredRecord
  about: About
  values: Data
  /** The sid is an old one. */
  superseded: boolean
}

/** Past its absolute deadline. */
export function isOver({ createdAt }: StoredRecord, { absoluteMs }: Pick<Policy, 'absoluteMs'>, now: number): boolean {
  return createdAt + absoluteMs <= now
}

/** `null` and `'retired'` as in `Backend.read`; a sid past its grace is retired. Rejects with `ERR_RECORD_MALFORMED` or `ERR_BACKEND_*`. */
export async function findSession(
  storage: Storage,
  sid: string,
  now: number,
  call: Call,
): Promise<Found | 'retired' | null> {
  const named = storage.keyOf(sid)
  let key = typeof named === 'string' ? named : await named
  for (let signposts = 0; signposts <= MOST_SIGNPOSTS; signposts++) {
    const record = await storage.backend.read(key, call)
    if (record === null || record === 'retired') return record
    const data = storage.decode(key, record)
    const { about, values } = splitAbout(data instanceof Promise ? await data : data)
    if (about.movedTo === undefined) return { key, record, about, values, superseded: signposts > 0 }
    if (about.movedTo === '') return null
    if (about.until === undefined || about.until <= now) return 'retired'
    key = about.movedTo
  }
  return 'retired'
}
