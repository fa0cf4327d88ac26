/** Base64url without padding (RFC 4648, section 5), on any platform. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const INVALID = 64

const codes = Uint8Array.from(ALPHABET, letter => letter.charCodeAt(0))
const valueOfCode = new Uint8Array(128).fill(INVALID)
for (let value = 0; value < codes.length; value++) valueOfCode[codes[value]!] = value

const ascii = new TextDecoder()
const shortText = new Uint8Array(256)

export function toBase64url(bytes: Uint8Array): string {
  const length = Math.ceil((bytes.length * 4) / 3)
  const text = length <= shortText.length ? shortText : new Uint8Array(length)
  const whole = bytes.length - (bytes.length % 3)
  let to = 0
  for (let at = 0; at < whole; at += 3) {
    const group = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!
    text[to++] = codes[group >> 18]!
    text[to++] = codes[(group >> 12) & 63]!
    text[to++] = codes[(group >> 6) & 63]!
    text[to++] = codes[group & 63]!
  }
  if (whole < bytes.length) {
    const group = (bytes[whole]! << 16) | ((bytes[whole + 1] ?? 0) << 8)
    text[to++] = codes[group >> 18]!
    text[to++] = codes[(group >> 12) & 63]!
    if (whole + 2 === bytes.length) text[to++] = codes[(group >> 6) & 63]!
  }
  return ascii.decode(text.subarray(0, to))
}

/** Throws a `SyntaxError` for anything that `toBase64url` does not write: there is one text for every sequence of bytes. */
export function fromBase64url(text: string): Uint8Array {
  const rest = text.length % 4
  if (rest === 1) throw notBase64url()
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let group = 0
  let seen = 0
  for (let at = 0, to = 0; at < text.length; at++) {
    const value = valueOfCode[text.charCodeAt(at)] ?? INVALID
    seen |= value
    group = (group << 6) | value
    if ((at & 3) === 0) continue
    bytes[to++] = group >> (6 - 2 * (at & 3))
  }
  const unused = rest === 0 ? 0 : group & (rest === 2 ? 15 : 3)
  if (seen >= INVALID || unused !== 0) throw notBase64url()
  return bytes
}

/** True if every character is of the alphabet; also for the empty text. */
export function isBase64url(text: string): boolean {
  let seen = 0
  for (let at = 0; at < text.length; at++) seen |= valueOfCode[text.charCodeAt(at)] ?? INVALID
  return seen < INVALID
}

function notBase64url(): SyntaxError {
  return new SyntaxError('Not base64url.')
}
