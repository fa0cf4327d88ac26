/** Secret keys in an order that lets them be replaced one after the other. */
import { SessionError } from './errors.ts'

/** The first key signs or encrypts, all verify or decrypt: a new one goes in front. Texts count as UTF-8. 32 random bytes or more each. */
export type Keyring = readonly [current: string | Uint8Array, ...previous: (string | Uint8Array)[]]

const MIN_KEY_BYTES = 32

/** The keys as bytes, copied. Throws `ERR_CONFIG_KEYS` with `field`, and never shows a key. */
export function keyBytesOf(keys: unknown, field: string): Uint8Array<ArrayBuffer>[] {
  if (!Array.isArray(keys) || keys.length === 0) throw keysError(field, 'must be a list of at least one key.')
  return keys.map((key: unknown, index) => {
    if (typeof key !== 'string' && !(key instanceof Uint8Array)) {
      throw keysError(field, `must hold texts or bytes; number ${index} is neither.`)
    }
    const bytes = typeof key === 'string' ? new TextEncoder().encode(key) : new Uint8Array(key)
    if (bytes.length < MIN_KEY_BYTES) {
      throw keysError(field, `needs 32 bytes or more per key; number ${index} is shorter.`)
    }
    return bytes
  })
}

function keysError(field: string, message: string): SessionError {
  return new SessionError('ERR_CONFIG_KEYS', `${field} ${message}`, { field })
}
