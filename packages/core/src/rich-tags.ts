/**
 * How values that JSON would lose stand in it: as an object whose only key begins with `$`. An object of the user's that looks like
 * one is wrapped: `{ $date: 1 }` becomes `{"$object":{"$date":1}}`.
 */
import { fromBase64url, toBase64url } from './base64url.ts'
import { kindOf } from './value-kind.ts'

type Json = Record<string, unknown>

/** Levels of arrays and objects in a value: far beyond sensible data, far below what could exhaust the stack. */
export const MAX_DEPTH = 200

/** To read a million digits takes a fifth of a second, and four times that for twice as many. Nobody needs them. */
export const MAX_DIGITS = 20_000

const NUMBERS = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
])

export function isTagLike(keys: readonly string[]): boolean {
  return keys.length === 1 && keys[0]!.startsWith('$')
}

/** The value as JSON can carry it. It must be one that is kept. */
export function tag(value: unknown): unknown {
  switch (typeof value) {
    case 'number':
      if (Object.is(value, -0)) return { $number: '-0' }
      return Number.isFinite(value) ? value : { $number: String(value) }
    case 'bigint':
      return { $bigint: String(value) }
    case 'undefined':
      return { $undefined: true }
    case 'object':
      return value === null ? null : tagObject(value)
    default:
      return value
  }
}

function tagObject(value: object): unknown {
  switch (kindOf(value)) {
    case 'array':
      return (value as unknown[]).map(tag)
    case 'date': {
      const time = (value as Date).getTime()
      return { $date: Number.isNaN(time) ? null : time }
    }
    case 'map':
      return { $map: Array.from(value as Map<unknown, unknown>, ([key, inner]) => [tag(key), tag(inner)]) }
    case 'set':
      return { $set: Array.from(value as Set<unknown>, tag) }
    case 'bytes':
      return { $bytes: toBase64url(value as Uint8Array) }
    default: {
      const copy: Json = {}
      for (const [key, inner] of Object.entries(value)) copy[key] = tag(inner)
      return isTagLike(Object.keys(copy)) ? { $object: copy } : copy
    }
  }
}

/** The reverse of `tag`, on what JSON.parse returned and nobody else holds. Throws for what `tag` does not write. */
export function revive(value: unknown, depth = 1): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth > MAX_DEPTH) throw unreadable('deeper than we write')
  if (Array.isArray(value)) return reviveList(value, depth)
  const json = value as Json
  const keys = Object.keys(json)
  return isTagLike(keys) ? reviveTag(keys[0]!, json[keys[0]!], depth) : reviveRecord(json, keys, depth)
}

function reviveList(list: unknown[], depth: number): unknown[] {
  for (let i = 0; i < list.length; i++) list[i] = revive(list[i], depth + 1)
  return list
}

function reviveRecord(json: Json, keys: readonly string[], depth: number): Json {
  for (const key of keys) {
    // Whoever merges objects would set a prototype with it (CWE-1321). We never write one below the top level.
    if (key === '__proto__') delete json[key]
    else json[key] = revive(json[key], depth + 1)
  }
  return json
}

function reviveTag(name: string, content: unknown, depth: number): unknown {
  switch (name) {
    case '$date':
      if (content === null) return new Date(Number.NaN)
      if (typeof content === 'number' && Number.isInteger(content) && Math.abs(content) <= 8.64e15)
        return new Date(content)
      break
    case '$map': {
      if (!Array.isArray(content) || !content.every(isPair)) break
      const map = new Map(content.map(([key, inner]) => [revive(key, depth + 1), revive(inner, depth + 1)]))
      if (map.size === content.length) return map
      break
    }
    case '$set': {
      if (!Array.isArray(content)) break
      const set = new Set(reviveList(content, depth))
      if (set.size === content.length) return set
      break
    }
    case '$bigint':
      if (typeof content !== 'string' || content.length > MAX_DIGITS + 1) break
      if (/^(?:0|-?[1-9]\d*)$/.test(content)) return BigInt(content)
      break
    case '$bytes':
      if (typeof content === 'string') return fromBase64url(content)
      break
    case '$undefined':
      if (content === true) return undefined
      break
    case '$number':
      if (NUMBERS.has(content as string)) return NUMBERS.get(content as string)
      break
    case '$object': {
      if (typeof content !== 'object' || content === null || Array.isArray(content)) break
      const keys = Object.keys(content)
      if (isTagLike(keys)) return reviveRecord(content as Json, keys, depth)
    }
  }
  throw unreadable('not a tag that we write')
}

function isPair(entry: unknown): entry is [unknown, unknown] {
  return Array.isArray(entry) && entry.length === 2
}

function unreadable(why: string): SyntaxError {
  return new SyntaxError(`A rich-json body holds an object that is ${why}.`)
}
