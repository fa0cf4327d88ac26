/** A copy of a session value that shares nothing with it. */
import { kindOf } from './value-kind.ts'

/** What is deeper may contain itself, which the platform knows how to copy. */
const DEEP = 200

/** Most values are lists and records of primitives, for which `structuredClone` takes many times as long. Throws for what it throws for. */
export function copyOf(value: unknown, depth = 1): unknown {
  switch (typeof value) {
    case 'object':
      return value === null ? null : copyOfObject(value, depth)
    case 'function':
    case 'symbol':
      return structuredClone(value)
    default:
      return value
  }
}

function copyOfObject(value: object, depth: number): unknown {
  const kind = depth > DEEP ? 'other' : kindOf(value)
  if (kind === 'array' && isDense(value as unknown[])) {
    return (value as unknown[]).map(inner => copyOf(inner, depth + 1))
  }
  // Assigned, a `__proto__` would become the prototype.
  if (kind !== 'record' || Object.hasOwn(value, '__proto__')) return structuredClone(value)
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(value)) copy[key] = copyOf((value as Record<string, unknown>)[key], depth + 1)
  return copy
}

function isDense(list: readonly unknown[]): boolean {
  return Object.keys(list).length === list.length
}
