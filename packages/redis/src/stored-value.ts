/** What the bytes under a key are. The first one tells: a tombstone, or a record in the native layout. */
import type { StoredRecord } from '@sentinel-session/core'
import { nativeLayout } from '@sentinel-session/core/internal'

const ENDED = 0x2d

/** Throws `ERR_RECORD_MALFORMED`. */
export function openValue(value: Buffer): StoredRecord | 'retired' | 'destroyed' {
  if (value[0] !== ENDED) return nativeLayout.unpack(value)
  return value.toString('latin1', 1, 8) === 'retired' ? 'retired' : 'destroyed'
}
