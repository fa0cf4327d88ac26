/** Equality of session values: what JSON has, and Date, Map, Set, BigInt, Uint8Array. Order counts in Map and Set, not in objects. */
export function deepEqual(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  if (Array.isArray(left)) return Array.isArray(right) && sameItems(left, right)
  if (Array.isArray(right)) return false
  if (left instanceof Date) return right instanceof Date && Object.is(left.getTime(), right.getTime())
  if (left instanceof Map) return right instanceof Map && left.size === right.size && sameItems([...left], [...right])
  if (left instanceof Set) return right instanceof Set && left.size === right.size && sameItems([...left], [...right])
  if (left instanceof Uint8Array) return right instanceof Uint8Array && sameItems(left, right)
  if (right instanceof Date || right instanceof Map || right instanceof Set || right instanceof Uint8Array) return false
  const keys = Object.keys(left)
  if (keys.length !== Object.keys(right).length) return false
  return keys.every(key => Object.hasOwn(right, key) && deepEqual(Reflect.get(left, key), Reflect.get(right, key)))
}

function sameItems(left: ArrayLike<unknown>, right: ArrayLike<unknown>): boolean {
  if (left.length !== right.length) return false
  for (let i = 0; i < left.length; i++) if (!deepEqual(left[i], right[i])) return false
  return true
}
