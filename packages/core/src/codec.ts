/** How the values of a session become what a record keeps. */
import { SessionError } from './errors.ts'

export type Awaitable<X> = X | Promise<X>

/** What a body belongs to; an encrypting codec authenticates it. */
export interface CodecPlace {
  /** The record key. */
  key: string
  /** The plaintext header of the record: creation time and user. */
  header: string
  /**
   * When it encodes: the body that the new one takes the place of, for a codec that keeps what does not show in the values. None: a new
   * record, or a codec around another.
   */
  replaces?: string | Uint8Array | undefined
  /** For the default codec: the keys whose values may be others than those in `replaces`. None: any may. */
  touched?: ReadonlySet<string> | undefined
}

export interface Codec {
  /** Kept in the record: bytes of another name are never guessed at. Letters, digits, `_`, `-`, and `+` for a codec around another. */
  readonly name: string
  /** Throws `ERR_SESSION_VALUE`, naming the key, for what it cannot keep. */
  encode(data: Readonly<Record<string, unknown>>, at: CodecPlace): Awaitable<string | Uint8Array>
  /** Throws for what it did not write; the caller reports `ERR_RECORD_MALFORMED`. The result has no prototype. */
  decode(body: string | Uint8Array, at: CodecPlace): Awaitable<Record<string, unknown>>
  /** Optional: throws `ERR_SESSION_VALUE` at once, so that `set` fails on the line that made the mistake. */
  check?(key: string, value: unknown): void
}

/** Throws `ERR_CONFIG_OPTION` for what is not a codec. */
export function checkCodec(codec: Partial<Codec> | null | undefined): void {
  const named = typeof codec?.name === 'string' && /^[\w+-]+$/.test(codec.name)
  if (named && typeof codec.encode === 'function' && typeof codec.decode === 'function') return
  throw new SessionError('ERR_CONFIG_OPTION', 'codec must have a name, encode and decode.', { field: 'codec' })
}

/** The `check` of a codec around another: what the inner one says, if it says anything. */
export function checkOf(codec: Codec): Pick<Codec, 'check'> {
  return codec.check === undefined ? {} : { check: (key, value) => codec.check!(key, value) }
}
