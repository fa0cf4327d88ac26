/** Go's strings are bytes, which need not be UTF-8. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const lossy = new TextDecoder('utf-8', { ignoreBOM: true })
const toUtf8 = new TextEncoder()

/** Up to here the loop is faster than the decoder. */
const SHORT = 32

/** Short ASCII; else undefined. */
export function asciiOf(bytes: Uint8Array): string | undefined {
  if (bytes.length > SHORT) return undefined
  let text = ''
  for (const byte of bytes) {
    if (byte > 0x7f) return undefined
    text += String.fromCharCode(byte)
  }
  return text
}

/** Undefined for what is not UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  const ascii = asciiOf(bytes)
  if (ascii !== undefined) return ascii
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
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
