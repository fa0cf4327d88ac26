/** Ends a session for good, also while another request renews its sid: the logout must reach the session under its new key. */
import { joinAbout, splitAbout } from './about.ts'
import { type Call, type StoredRecord, TOMBSTONE_MS } from './backend.ts'
import { destroyed } from './destroyed.ts'
import { emptyData } from './merge.ts'
import { MOST_SIGNPOSTS, SessionMoved } from './signpost.ts'
import type { Storage } from './storage.ts'

/** Rejects with `ERR_BACKEND_*` when it is not sure that the session is gone. */
export async function endSession(
  storage: Storage,
  key: string,
  record: StoredRecord,
  call: Call,
  now: number,
): Promise<void> {
  // Who shares the records knows no signposts, and renews no sids.
  let base = storage.isShared ? undefined : record
  for (let signposts = 0; signposts < MOST_SIGNPOSTS && base !== undefined; signposts++) {
    const movedTo = await close(storage, key, base, call, now)
    if (movedTo === undefined) break
    await storage.backend.end(key, destroyed(record), call)
    key = movedTo
    const next = await storage.backend.read(key, call)
    // Not there, and after a failover perhaps not yet there again: the tombstone is for both.
    base = next === null || next === 'retired' ? undefined : next
  }
  await storage.backend.end(key, destroyed(record), call)
}

/**
 * Puts a signpost to nowhere in the record's place, over whatever others wrote: from then on no renewal can carry the values away. It goes
 * through the queue, since a write beside the queue could not be told from one that was applied before. When memory is full, Redis refuses
 * it and takes a tombstone, so its failure is not the answer. Returns where the session is, if it has moved already.
 */
async function close(
  storage: Storage,
  key: string,
  base: StoredRecord,
  call: Call,
  now: number,
): Promise<string | undefined> {
  const nowhere = joinAbout(emptyData(), { movedTo: '', until: now })
  const mergeOnto = async (stored: Record<string, unknown>) => {
    const { movedTo } = splitAbout(stored).about
    if (movedTo !== undefined) throw new SessionMoved(movedTo)
    return { data: nowhere, conflicts: [] }
  }
  const until = now + TOMBSTONE_MS
  const change = { base, mine: nowhere, expiresAt: until, until, mergeOnto, isAlone: true, call }
  try {
    // The base may be a signpost itself.
    await mergeOnto(await storage.decode(key, base))
    await storage.commits.commit(key, change)
  } catch (error) {
    if (error instanceof SessionMoved && error.to !== '') return error.to
  }
  return undefined
}
