/**
 * The default codec: JSON, and what JSON loses. Special values stand as an object with one key that begins with `$`;
 * a session's own object of that form is wrapped, so that what goes in comes out.
 */
import { fromBase64url, toBase64url } from './base64url.ts'
import type { Codec } from './codec.ts'
import { SessionError } from './errors.ts'

/**
 * Keeps JSON plus Date, Map, Set, BigInt, Uint8Array, undefined, NaN, ±Infinity and -0. Anything else (functions, symbols,
 * class instances, cycles, accessors, a nested `__proto__` key) throws `ERR_SESSION_VALUE`, naming the key.
 */
export function richJson(): Codec {
  return { name: 'rich-json', encode, decode, check }
}

function encode(data: Readonly<Record<string, unknown>>): string {
  const out: Record<string, unknown> = Object.create(null)
  for (const key of Object.keys(data)) out[key] = packed(data[key], key)
  return JSON.stringify(out)
}

function decode(body: string | Uint8Array): Record<string, unknown> {
  if (typeof body !== 'string') throw new TypeError('rich-json reads text.')
  const parsed: unknown = JSON.parse(body)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw new TypeError('Not a JSON object.')
  // Only a text with a tag, or with a key that could pollute, needs the walk.
  const special = body.includes('"$') || body.includes('__proto__') || body.includes('\\u')
  const data: Record<string, unknown> = Object.create(null)
  for (const [key, value] of Object.entries(parsed)) data[key] = special ? unpacked(value) : value
  return data
}

function check(key: string, value: unknown): void {
  packed(value, key)
}

function packed(value: unknown, key: string): unknown {
  if (isPlain(value)) return value
  return pack(value, key, new Set())
}

function isPlain(value: unknown): boolean {
  return (
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    value === null ||
    (Number.isSafeInteger(value) && !Object.is(value, -0))
  )
}

/** The value in a form that JSON keeps. `above` holds the objects around it, to notice a cycle. */
function pack(value: unknown, key: string, above: Set<object>): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      if (Number.isFinite(value) && !Object.is(value, -0)) return value
      return { $number: Object.is(value, -0) ? '-0' : String(value) }
    case 'bigint':
      return { $bigint: String(value) }
    case 'undefined':
      return { $undefined: true }
    case 'object':
      return value === null ? null : packObject(value, key, above)
    default:
      throw refused(key, `a ${typeof value}`)
  }
}

function packObject(value: object, key: string, above: Set<object>): unknown {
  if (above.has(value)) throw refused(key, 'a cycle')
  above.add(value)
  const result = packInside(value, key, above)
  above.delete(value)
  return result
}

function packInside(value: object, key: string, above: Set<object>): unknown {
  const inner = (item: unknown): unknown => (isPlain(item) ? item : pack(item, key, above))
  if (Array.isArray(value)) return packArray(value, key, inner)
  switch (Object.getPrototypeOf(value)) {
    case Object.prototype:
    case null:
      return packPlain(value, key, inner)
    case Date.prototype:
      return { $date: Number.isNaN((value as Date).getTime()) ? null : (value as Date).getTime() }
    case Map.prototype:
      return { $map: Array.from(value as Map<unknown, unknown>, ([k, v]) => [inner(k), inner(v)]) }
    case Set.prototype:
      return { $set: Array.from(value as Set<unknown>, inner) }
    case Uint8Array.prototype:
      return { $bytes: toBase64url(value as Uint8Array) }
    default:
      throw refused(key, `an instance of ${value.constructor?.name ?? 'a class'}`)
  }
}

function packArray(value: unknown[], key: string, inner: (item: unknown) => unknown): unknown[] {
  if (Object.keys(value).length !== value.length) throw refused(key, 'an array with holes or named properties')
  return value.map(inner)
}

function packPlain(value: object, key: string, inner: (item: unknown) => unknown): unknown {
  if (Object.getOwnPropertySymbols(value).length > 0) throw refused(key, 'a symbol as a property name')
  const out: Record<string, unknown> = {}
  const names = Object.keys(value)
  for (const name of names) {
    if (name === '__proto__') throw refused(key, 'an own property named __proto__')
    const { get, set } = Object.getOwnPropertyDescriptor(value, name)!
    if (get !== undefined || set !== undefined) throw refused(key, 'an accessor property')
    const item = (value as Record<string, unknown>)[name]
    // JSON.stringify would call it.
    if (name === 'toJSON' && typeof item === 'function') throw refused(key, 'a function')
    out[name] = inner(item)
  }
  return names.length === 1 && names[0]!.startsWith('$') ? { $object: out } : out
}

function unpacked(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(unpacked)
  const names = Object.keys(value)
  if (names.length === 1 && names[0]!.startsWith('$')) return untag(names[0]!, Reflect.get(value, names[0]!))
  return unpackPlain(value)
}

function unpackPlain(value: object): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const [name, item] of Object.entries(value)) if (name !== '__proto__') out[name] = unpacked(item)
  return out
}

function untag(tag: string, held: unknown): unknown {
  switch (tag) {
    case '$object':
      if (typeof held === 'object' && held !== null && !Array.isArray(held)) return unpackPlain(held)
      break
    case '$date':
      if (held === null || typeof held === 'number') return new Date(held ?? Number.NaN)
      break
    case '$map':
      if (Array.isArray(held) && held.every(pair => Array.isArray(pair) && pair.length === 2)) {
        return new Map(held.map(([k, v]) => [unpacked(k), unpacked(v)]))
      }
      break
    case '$set':
      if (Array.isArray(held)) return new Set(held.map(unpacked))
      break
    case '$bigint':
      if (typeof held === 'string' && /^-?\d{1,65536}$/.test(held)) return BigInt(held)
      break
    case '$bytes':
      if (typeof held === 'string') return fromBase64url(held)
      break
    case '$undefined':
      if (held === true) return undefined
      break
    case '$number':
      if (held === 'NaN' || held === 'Infinity' || held === '-Infinity' || held === '-0') return Number(held)
      break
  }
  throw new TypeError('An unknown tag.')
}

function refused(key: string, what: string): SessionError {
  const message = `The session key "${key}" holds ${what}, which a session cannot keep.`
  return new SessionError('ERR_SESSION_VALUE', message, { field: key })
}
