/** Compression of large bodies, around another codec. */
import { type Codec, checkCodec, checkOf } from './codec.ts'
import { deflate, inflate } from './deflate.ts'
import { SessionError } from './errors.ts'
import { frame, unframe } from './framed-body.ts'
import { knownKeys } from './known-keys.ts'

export interface CompressedOptions {
  /** Bodies of more bytes than this are compressed. 1024. */
  above?: number
}

/** No body may be larger before it is compressed: a few bytes of a hostile record must not become gigabytes. 16 MiB. */
const MAX_INFLATED_BYTES = 16_777_216

/** The first byte of a body of bytes. A text needs none: it was never compressed. */
const AS_IT_IS = 0
const DEFLATED = 1

/** Bytes are stored as base64url, four characters for three: with less saved than that, text stays text. */
const WORTHWHILE = 3 / 4

/**
 * A codec that compresses what `codec` writes (DEFLATE), if it is larger than `above` and becomes smaller by a quarter; otherwise
 * it stays as it is. `maxBytes` counts what is stored. It goes inside `encrypted()`: what is encrypted cannot be compressed.
 *
 * `encode` throws `ERR_SESSION_TOO_LARGE` above 16 MiB before compression. `decode` throws for what is no DEFLATE, and for more
 * than 16 MiB without ever holding it: whoever reads the session gets `ERR_RECORD_MALFORMED`.
 *
 * Throws `ERR_CONFIG_OPTION` for what is no codec, an encrypting one, an unknown option, and an `above` that is no number of bytes.
 */
export function compressed(codec: Codec, options: CompressedOptions = {}): Codec {
  checkCodec(codec)
  knownKeys(options, ['above'])
  const { above = 1024 } = options
  if (codec.name.startsWith('encrypted+')) {
    const message = 'compressed() goes inside encrypted(): encrypted(compressed(codec), { keys }).'
    throw new SessionError('ERR_CONFIG_OPTION', message, { field: 'codec' })
  }
  if (!Number.isInteger(above) || above < 0) {
    throw new SessionError('ERR_CONFIG_OPTION', 'above must be a whole number of bytes.', { field: 'above' })
  }

  return {
    name: `compressed+${codec.name}`,
    ...checkOf(codec),

    async encode(data, at) {
      const body = await codec.encode(data, at)
      // UTF-8 has at most three bytes for each unit of a text.
      if (typeof body === 'string' && body.length * 3 <= above) return body
      return pack(body, above)
    },

    async decode(body, at) {
      return codec.decode(typeof body === 'string' ? body : await unpack(body), at)
    },
  }
}

async function pack(body: string | Uint8Array, above: number): Promise<string | Uint8Array> {
  const framed = frame(body)
  const size = framed.length - 1
  if (size > MAX_INFLATED_BYTES) {
    const message = `The session needs ${size} bytes; at most ${MAX_INFLATED_BYTES} are compressed. What was stored stays as it was.`
    throw new SessionError('ERR_SESSION_TOO_LARGE', message, { field: 'codec' })
  }
  if (size > above) {
    const deflated = await deflate(framed)
    if (deflated.length <= size * WORTHWHILE) return marked(DEFLATED, deflated)
  }
  return typeof body === 'string' ? body : marked(AS_IT_IS, body)
}

async function unpack(body: Uint8Array): Promise<string | Uint8Array> {
  if (body[0] === AS_IT_IS) return body.subarray(1)
  if (body[0] === DEFLATED) return unframe(await inflate(new Uint8Array(body.subarray(1)), MAX_INFLATED_BYTES + 1))
  throw new Error('Neither compressed nor as it is.')
}

function marked(mark: number, bytes: Uint8Array): Uint8Array {
  const body = new Uint8Array(1 + bytes.length)
  body[0] = mark
  body.set(bytes, 1)
  return body
}
