/** What takes a record's place when its session moves to a new sid, or is about to end. It holds no values. */
import { joinAbout } from './about.ts'
import { type Fields, type StoredRecord, TOMBSTONE_MS } from './backend.ts'
import { emptyData } from './merge.ts'
import type { Storage } from './storage.ts'

/** How many are followed: a sid is not renewed again before its own grace ends, so more than one is rare. */
export const MOST_SIGNPOSTS = 3

/**
 * Leads from `key` to `movedTo` until `until`. It stands for as long as a tombstone after that: a request that comes late with the old sid
 * is told that it is an old one, and does not begin a new session in the visitor's browser.
 */
export async function signpost(
  storage: Storage,
  key: string,
  old: StoredRecord,
  movedTo: string,
  until: number,
): Promise<Fields> {
  const { createdAt, user } = old
  const body = await storage.encode(key, joinAbout(emptyData(), { movedTo, until }), old)
  const fields: Fields = { createdAt, expiresAt: until + TOMBSTONE_MS, body }
  if (user !== undefined) fields.user = user
  return fields
}

/** A commit met a signpost: the session lives under another key now. */
export class SessionMoved extends Error {
  readonly to: string

  constructor(to: string) {
    super('The session moved to a new sid.')
    this.to = to
  }
}
