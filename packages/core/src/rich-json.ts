/** The default codec: JSON, and what JSON would lose. Plain data is plain JSON text; the rest stands in tagged objects (rich-tags.ts). */
import type { Codec, CodecPlace } from './codec.ts'
import { SessionError } from './errors.ts'
import { isDeep } from './json-depth.ts'
import { copyOfData, emptyData } from './merge.ts'
import { isTagLike, MAX_DEPTH, MAX_DIGITS, revive, tag } from './rich-tags.ts'
import { kindOf } from './value-kind.ts'

const TOO_MANY_DIGITS = 10n ** BigInt(MAX_DIGITS)

/**
 * Keeps JSON, Date, Map, Set, BigInt of up to 20,000 digits, Uint8Array, undefined, NaN, ±Infinity and -0. Anything else (functions,
 * symbols, instances of classes, accessors, holes in arrays, cycles) throws `ERR_SESSION_VALUE`, naming the session key.
 */
export function richJson(): Codec {
  return {
    name: 'rich-json',
    encode,
    decode,
    check(key, value) {
      isPlain(key, value)
    },
  }
}

function encode(data: Readonly<Record<string, unknown>>, { replaces, touched }: CodecPlace): string {
  // What plain text was decoded to, and nobody could change, is plain.
  const doubtful = typeof replaces === 'string' && isPlainText(replaces) ? touched : undefined
  let kept: Record<string, unknown> | undefined
  for (const key of Object.keys(data)) {
    if (doubtful?.has(key) === false || isPlain(key, data[key])) continue
    kept ??= copyOfData(data)
    kept[key] = tag(data[key])
  }
  return JSON.stringify(kept ?? data)
}

function decode(body: string | Uint8Array): Record<string, unknown> {
  if (typeof body !== 'string') throw new SyntaxError('A rich-json body is text.')
  const parsed = parse(body)
  if (isPlainText(body) && !isDeep(body, parsed)) return Object.setPrototypeOf(parsed, null)
  const data = emptyData()
  for (const key of Object.keys(parsed)) data[key] = revive(parsed[key])
  return data
}

function parse(body: string): Record<string, unknown> {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    // The platform's message quotes the body, which must not reach a log.
    throw new SyntaxError('A rich-json body is JSON.')
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>
  throw new SyntaxError('A rich-json body is an object.')
}

/** False when the text may hold a tag, a `__proto__` key, or either of them behind escapes. */
function isPlainText(text: string): boolean {
  if (text.includes('$') && text.includes('"$')) return false
  return !text.includes('\\u') && !text.includes('__proto__')
}

/** True for what JSON keeps by itself, false for what needs a tag. Throws for the rest. */
function isPlain(key: string, value: unknown, depth = 1): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
    case 'undefined':
      return false
    case 'bigint':
      if (value >= TOO_MANY_DIGITS || -value >= TOO_MANY_DIGITS) throw refused(key, `more than ${MAX_DIGITS} digits`)
      return false
    case 'object':
      return value === null || isPlainObject(key, value, depth)
    default:
      throw refused(key, `a ${typeof value}`)
  }
}

function isPlainObject(key: string, value: object, depth: number): boolean {
  if (depth > MAX_DEPTH) throw refused(key, `something that contains itself, or is more than ${MAX_DEPTH} levels deep`)
  const kind = kindOf(value)
  if (Object.getOwnPropertySymbols(value).length > 0) throw refused(key, 'a property whose key is a symbol')
  switch (kind) {
    case 'record':
      return isPlainRecord(key, value, depth)
    case 'array':
      return isPlainArray(key, value as unknown[], depth)
    case 'bytes':
      return false
    case 'other':
      throw refused(key, `an instance of ${value.constructor?.name || 'a class'}`)
    default:
      if (Object.keys(value).length > 0) throw refused(key, `a ${kind} with properties of its own`)
      if (kind === 'map') for (const entry of value as Map<unknown, unknown>) isPlainArray(key, entry, depth)
      if (kind === 'set') for (const element of value as Set<unknown>) isPlain(key, element, depth + 1)
      return false
  }
}

function isPlainRecord(key: string, record: object, depth: number): boolean {
  const names = Object.keys(record)
  let plain = !isTagLike(names)
  for (const name of names) {
    if (name === '__proto__') throw refused(key, 'a nested key named __proto__')
    // A getter could answer JSON.stringify with something else than what is checked here.
    const property = Object.getOwnPropertyDescriptor(record, name)!
    if (property.get !== undefined || property.set !== undefined) throw refused(key, 'a getter or setter')
    if (!isPlain(key, property.value, depth + 1)) plain = false
  }
  return plain
}

function isPlainArray(key: string, array: unknown[], depth: number): boolean {
  if (Object.keys(array).length !== array.length)
    throw refused(key, 'an array with holes or with properties of its own')
  let plain = true
  for (const element of array) if (!isPlain(key, element, depth + 1)) plain = false
  return plain
}

function refused(key: string, what: string): SessionError {
  const message = `The session key "${key}" holds ${what}, which cannot be kept. Kept are: JSON, Date, Map, Set, BigInt, Uint8Array, undefined.`
  return new SessionError('ERR_SESSION_VALUE', message, { field: key })
}
