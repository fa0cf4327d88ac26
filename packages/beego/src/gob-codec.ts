/** The codec of Beego's sessions: gob, as `EncodeGob` of Beego writes it. */
import type { Codec } from '@sentinel-session/core'
import { knownKeys } from '@sentinel-session/core/internal'
import { malformed } from './gob/malformed.ts'
import { checkValue, sessionOf, valuesOf } from './gob/session-values.ts'

export interface GobOptions {
  /** Every process of the fleet registers `time.Time`, so that new Dates may be stored. `false`: only in the place of a stored one. */
  dates?: boolean
}

/** The name goes with the body; `beegoLayout()` knows it. */
export const GOB = 'gob'

/**
 * Reads and writes what Beego keeps in a session. Go's types survive: a number that was an `int64` is written as one, a struct with its own
 * fields, and what was not changed byte for byte. What is new becomes `string`, `bool`, `int` (whole numbers), `float64` (others), `int64`
 * (bigint; `uint64` where it needs that), `[]uint8`, `[]interface {}`, `map[string]interface {}`, or `map[interface {}]interface {}` (Map);
 * `goInt64(5)` and its like say another type.
 *
 * `encode` throws `ERR_SESSION_VALUE` for what does not fit the type of the value that it takes the place of, and for what some Beego process
 * could not read. `decode` throws `ERR_RECORD_MALFORMED`. Throws `ERR_CONFIG_OPTION` for an unknown option.
 *
 * @example newManager('redis_sentinel', config, { layout: beegoLayout(), codec: gobCodec() })
 */
export function gobCodec(options: GobOptions = {}): Codec {
  knownKeys(options, ['dates'])
  const { dates = false } = options
  return {
    name: GOB,
    encode: (data, { replaces }) => sessionOf(data, bytesOf(replaces), dates),
    decode: body => valuesOf(requireBytes(body)),
    check: checkValue,
  }
}

function bytesOf(body: string | Uint8Array | undefined): Uint8Array | undefined {
  return body === undefined ? undefined : requireBytes(body)
}

function requireBytes(body: string | Uint8Array): Uint8Array {
  if (typeof body !== 'string') return body
  throw malformed('text', 0)
}
