/**
 * What goes over the wire, both ways: one line of JSON, and behind it the body of the record as it is, text or bytes, without an
 * escape. So a session costs its own length, and bytes stay bytes.
 */

export type Body = string | Uint8Array

export interface Message<Head extends object = Record<string, unknown>> {
  head: Head
  body?: Body | undefined
}

const LINE_END = 10

const toUtf8 = new TextEncoder()
// A mark of byte order is a part of what was stored.
const fromUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function pack({ head, body }: Message<object>): Uint8Array<ArrayBuffer> {
  const kind = body === undefined ? {} : { body: typeof body === 'string' ? 'text' : 'bytes' }
  const line = toUtf8.encode(`${JSON.stringify({ ...head, ...kind })}\n`)
  if (body === undefined) return line
  const tail = typeof body === 'string' ? toUtf8.encode(body) : body
  const whole = new Uint8Array(line.length + tail.length)
  whole.set(line)
  whole.set(tail, line.length)
  return whole
}

/** Throws an error without a part of what it was given for anything that `pack` does not write. */
export function unpack(bytes: Uint8Array): Message {
  const end = bytes.indexOf(LINE_END)
  if (end === -1) throw new Error('A message has a first line.')
  const { body: kind, ...head } = objectOf(bytes.subarray(0, end))
  const tail = bytes.subarray(end + 1)
  if (kind === 'bytes') return { head, body: tail.slice() }
  if (kind === 'text') return { head, body: textOf(tail) }
  if (kind !== undefined || tail.length > 0) throw new Error('A body is text or bytes.')
  return { head }
}

function objectOf(line: Uint8Array): Record<string, unknown> {
  const value = parse(textOf(line))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('A head is an object.')
  return value as Record<string, unknown>
}

function textOf(bytes: Uint8Array): string {
  try {
    return fromUtf8.decode(bytes)
  } catch {
    throw new Error('Text is UTF-8.')
  }
}

/** The platform's message quotes the text. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('A head is JSON.')
  }
}
