/** base64url (RFC 4648 section 5, without padding), synchronous and without Buffer. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

export function toBase64url(bytes: Uint8Array): string {
  let text = ''
  let at = 0
  for (; at + 2 < bytes.length; at += 3) {
    const three = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!
    text +=
      ALPHABET[three >> 18]! + ALPHABET[(three >> 12) & 63]! + ALPHABET[(three >> 6) & 63]! + ALPHABET[three & 63]!
  }
  const left = bytes.length - at
  if (left === 1) {
    const one = bytes[at]!
    text += ALPHABET[one >> 2]! + ALPHABET[(one & 3) << 4]!
  } else if (left === 2) {
    const two = (bytes[at]! << 8) | bytes[at + 1]!
    text += ALPHABET[two >> 10]! + ALPHABET[(two >> 4) & 63]! + ALPHABET[(two & 15) << 2]!
  }
  return text
}

/** Throws a RangeError for anything but the canonical form. */
export function fromBase64url(text: string): Uint8Array {
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) throw new RangeError('Not base64url.')
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = Uint8Array.from(binary, char => char.charCodeAt(0))
  if (toBase64url(bytes) !== text) throw new RangeError('Not canonical base64url.')
  return bytes
}
