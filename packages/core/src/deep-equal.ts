/** Whether two session values are the same: tells at the commit what was changed in place. */
import { kindOf } from './value-kind.ts'

/**
 * For the values that `richJson` keeps, without cycles. Numbers as `Object.is` has them; the order of keys does not count, that of
 * Map entries and Set elements does. Anything else equals only itself.
 */
export function deepEqual(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  const kind = kindOf(left)
  if (kind !== kindOf(right)) return false
  switch (kind) {
    case 'record':
      return equalRecords(left as Record<string, unknown>, right as Record<string, unknown>)
    case 'array':
      return equalLists(left as unknown[], right as unknown[])
    case 'date':
      return Object.is((left as Date).getTime(), (right as Date).getTime())
    case 'map':
      return equalSequences(left as Map<unknown, unknown>, right as Map<unknown, unknown>)
    case 'set':
      return equalSequences(left as Set<unknown>, right as Set<unknown>)
    case 'bytes':
      return equalLists(left as Uint8Array, right as Uint8Array)
    default:
      return false
  }
}

function equalRecords(left: Record<string, unknown>, right: Record<string, unknown>): boolean {
  const keys = Object.keys(left)
  if (keys.length !== Object.keys(right).length) return false
  for (const key of keys) if (!Object.hasOwn(right, key) || !deepEqual(left[key], right[key])) return false
  return true
}

function equalLists(left: ArrayLike<unknown>, right: ArrayLike<unknown>): boolean {
  if (left.length !== right.length) return false
  for (let i = 0; i < left.length; i++) if (!deepEqual(left[i], right[i])) return false
  return true
}

/** A Map is the sequence of its entries. */
function equalSequences(
  left: Iterable<unknown> & { size: number },
  right: Iterable<unknown> & { size: number },
): boolean {
  return left.size === right.size && equalLists([...left], [...right])
}
