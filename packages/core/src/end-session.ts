/** Ends a session for good, also while another request renews its sid: the logout must reach the session under its new key. */
import { splitAbout } from './about.ts'
import type { Call, StoredRecord } from './backend.ts'
import { signpost } from './signpost.ts'
import type { Storage } from './storage.ts'

/** Others may write it at every try; then it is ended all the same, whatever its revision. */
const TRIES = 10

/** Rejects with `ERR_BACKEND_*` when it is not sure that the session is gone. */
export async function endSession(
  storage: Storage,
  key: string,
  record: StoredRecord,
  call: Call,
  now: number,
): Promise<void> {
  for (let tries = 1; tries <= TRIES; tries++) {
    const current = await close(storage, key, record, call, now)
    if (current === null) break
    const movedTo = await movedToOf(storage, key, current)
    if (movedTo === undefined) {
      record = current
      continue
    }
    await storage.backend.end(key, { kind: 'destroyed' }, call)
    if (movedTo === '') return
    key = movedTo
    const next = await storage.backend.read(key, call)
    // Not there, and after a failover perhaps not yet there again: the tombstone is for both.
    if (next === null || next === 'retired') break
    record = next
  }
  await storage.backend.end(key, { kind: 'destroyed' }, call)
}

/**
 * A signpost to nowhere, if the record is still the base: from then on no renewal can carry the values away. Null: nothing is in the way of
 * the tombstone. When memory is full, Redis refuses a signpost and takes a tombstone, so its error is not the answer.
 */
async function close(
  storage: Storage,
  key: string,
  record: StoredRecord,
  call: Call,
  now: number,
): Promise<StoredRecord | null> {
  const fields = await signpost(storage, key, record, '', now)
  const closed = await storage.backend.replace(key, record, fields, call).catch(() => null)
  return closed?.outcome === 'changed' ? closed.current : null
}

/** Undefined: it did not move, or nobody can read where to. */
async function movedToOf(storage: Storage, key: string, record: StoredRecord): Promise<string | undefined> {
  try {
    return splitAbout(await storage.decode(key, record)).about.movedTo
  } catch {
    return undefined
  }
}
