/** Go's strings are bytes, which need not be UTF-8. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const lossy = new TextDecoder('utf-8', { ignoreBOM: true })
const toUtf8 = new TextEncoder()

/** Up to here the loop is faster than the decoder. */
const SHORT = 32

/** Undefined for what is not UTF-8. */
export function textOf(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start <= SHORT) {
    const text = asciiOf(bytes, start, end)
    if (text !== undefined) return text
  }
  try {
    return utf8.decode(bytes.subarray(start, end))
  } catch {
    return undefined
  }
}

function asciiOf(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = ''
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (byte > 0x7f) return undefined
    text += String.fromCharCode(byte)
  }
  return text
}

/** What is not UTF-8 becomes U+FFFD. */
export function readableText(bytes: Uint8Array): string {
  return lossy.decode(bytes)
}

/** False for a lone surrogate, which has no UTF-8. */
export function isEncodable(text: string): boolean {
  return !/\p{Surrogate}/u.test(text)
}

export function bytesOf(text: string): Uint8Array {
  return toUtf8.encode(text)
}
