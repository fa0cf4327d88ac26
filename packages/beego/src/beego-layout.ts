/** How Beego keeps a session: the bare sid is the key, and the gob map is all there is under it. */
import { type Layout, SessionError, type StoredRecord } from '@sentinel-session/core'
import { knownKeys } from '@sentinel-session/core/internal'
import { GOB } from './gob-codec.ts'

export interface BeegoLayoutOptions {
  /** Beego's SessionIDLength: random bytes of a sid, two characters each. 16, of at most 128. */
  sidBytes?: number
  /** Beego's SessionIDPrefix: in front of each sid. `''`; at most 128 characters of printable ASCII, without braces, brackets, `*` and `?`. */
  sidPrefix?: string
}

/** The codec's name, which goes with its body everywhere but here. */
const NAME = new TextEncoder().encode(`${GOB}\0`)

/** Printable ASCII, but for what is a pattern for SCAN, or a hash tag for a cluster: `*?[]{}\\`. */
const PREFIX = /^[ !-)+->@-Z^-z|~]{0,128}$/

/**
 * Shares sessions with a running Beego fleet, together with `gobCodec()`: the sids, the keys and the values of its providers `redis_sentinel`,
 * `redis` and `redis_cluster`. A write compares a digest of what is stored, and what Beego deleted or moved is gone. Nothing of ours is in the
 * value, so there are no absolute deadline, no renewal of sids and no users: `timeouts.absolute` must be `'none'`, and `bind` throws
 * `ERR_CONFIG_CAPABILITY`. Another codec fails with `ERR_CONFIG_OPTION` when it first writes. Throws `ERR_CONFIG_OPTION`.
 *
 * Whoever reads the database, as whoever does so beside Beego, has the sids of all visitors.
 *
 * @example newManager('redis_sentinel', config, { layout: beegoLayout(), codec: gobCodec() })
 */
export function beegoLayout(options: BeegoLayoutOptions = {}): Layout {
  knownKeys(options, ['sidBytes', 'sidPrefix'])
  const { sidBytes = 16, sidPrefix = '' } = options
  if (!Number.isInteger(sidBytes) || sidBytes < 16 || sidBytes > 128) {
    throw wrong('sidBytes', 'must be from 16 to 128 bytes')
  }
  if (typeof sidPrefix !== 'string' || !PREFIX.test(sidPrefix)) {
    throw wrong('sidPrefix', 'must be at most 128 characters of printable ASCII, without braces, brackets, * and ?')
  }
  const hex = new RegExp(`^[0-9a-f]{${sidBytes * 2}}$`)
  return {
    revisionIn: 'digest',
    newSid() {
      const random = crypto.getRandomValues(new Uint8Array(sidBytes))
      return sidPrefix + Array.from(random, byte => byte.toString(16).padStart(2, '0')).join('')
    },
    acceptsSid: sid => sid.startsWith(sidPrefix) && hex.test(sid.slice(sidPrefix.length)),
    keyOf: sid => sid,
    pack,
    unpack,
  }
}

function pack({ body }: StoredRecord): Uint8Array {
  if (typeof body !== 'string' && NAME.every((byte, i) => body[i] === byte)) return body.subarray(NAME.length)
  throw wrong('codec', 'must be gobCodec(): Beego reads nothing else')
}

function unpack(bytes: Uint8Array): StoredRecord {
  const body = new Uint8Array(NAME.length + bytes.length)
  body.set(NAME)
  body.set(bytes, NAME.length)
  return { revisions: '', createdAt: Number.POSITIVE_INFINITY, expiresAt: 0, body }
}

function wrong(field: string, what: string): SessionError {
  return new SessionError('ERR_CONFIG_OPTION', `${field} ${what}.`, { field })
}
