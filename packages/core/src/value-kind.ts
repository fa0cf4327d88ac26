/** Which of the objects that a session keeps a value is. */
export type ValueKind = 'record' | 'array' | 'date' | 'map' | 'set' | 'bytes' | 'other'

/** Instances of classes are `'other'`, also of subclasses of what is kept, such as Buffer: they would come back as something else. */
export function kindOf(value: object): ValueKind {
  const prototype = prototypeOf(value)
  if (Array.isArray(value)) return prototype === Array.prototype || isForeignArray(prototype) ? 'array' : 'other'
  switch (prototype) {
    case Object.prototype:
    case null:
      return 'record'
    case Date.prototype:
      return 'date'
    case Map.prototype:
      return 'map'
    case Set.prototype:
      return 'set'
    case Uint8Array.prototype:
      return 'bytes'
    default:
      return isForeignRecord(prototype) ? 'record' : 'other'
  }
}

// Test runners and edge sandboxes run code in a realm of its own, whose structuredClone or JSON may be those of another.

function isForeignArray(prototype: object | null): boolean {
  const parent = prototype === null ? null : prototypeOf(prototype)
  return parent !== null && isForeignRecord(parent) && Object.hasOwn(prototype!, 'concat')
}

function isForeignRecord(prototype: object): boolean {
  return prototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}

function prototypeOf(value: object): object | null {
  return Object.getPrototypeOf(value) as object | null
}
