/** What the bytes under a key are. The first one tells: a tombstone, or a record in the native layout. */
import type { Ending, StoredRecord } from '@sentinel-session/core'
import { nativeLayout } from '@sentinel-session/core/internal'

const ENDED = 0x2d
const NO_REVISION = '0'.repeat(16)

/** What stays under the key of an ended session: the kind, the revision that ended it, and the one that it ended. */
export function tombstone(kind: Ending['kind'], revision: string, ended: string = NO_REVISION): string {
  return `-${kind} ${revision} ${ended}`
}

/** Throws `ERR_RECORD_MALFORMED`. */
export function openValue(value: Buffer): StoredRecord | 'retired' | 'destroyed' {
  if (value[0] !== ENDED) return nativeLayout.unpack(value)
  return value.toString('latin1', 1, 8) === 'retired' ? 'retired' : 'destroyed'
}
