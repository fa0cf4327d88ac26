/** A body as bytes, its kind in front: a codec around another gives back text as text, and bytes as bytes. */
const TEXT = 0
const BYTES = 1

const toUtf8 = new TextEncoder()
const fromUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** One byte for the kind, then the bytes, or the text as UTF-8. */
export function frame(body: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = typeof body === 'string' ? toUtf8.encode(body) : body
  const framed = new Uint8Array(1 + bytes.length)
  framed[0] = typeof body === 'string' ? TEXT : BYTES
  framed.set(bytes, 1)
  return framed
}

/** What `frame` was given. Throws for anything that it did not write. */
export function unframe(framed: Uint8Array): string | Uint8Array {
  const bytes = framed.subarray(1)
  if (framed[0] === TEXT) return fromUtf8.decode(bytes)
  if (framed[0] === BYTES) return bytes
  throw new Error('Neither text nor bytes.')
}
