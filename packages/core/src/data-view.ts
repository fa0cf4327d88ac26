/** `session.data`: the values as an object. What is read through it is tracked like what `get` gives. */
import type { SessionStore } from './session-store.ts'

export function dataView(session: SessionStore): Record<string, unknown> {
  const isKey = (key: string | symbol): key is string => typeof key === 'string'
  return new Proxy(Object.create(null) as Record<string, unknown>, {
    get: (_, key) => (isKey(key) ? session.get(key) : undefined),
    set: (_, key, value) => {
      if (isKey(key)) session.set(key, value)
      return isKey(key)
    },
    has: (_, key) => isKey(key) && session.has(key),
    deleteProperty: (_, key) => {
      if (isKey(key)) session.delete(key)
      return true
    },
    ownKeys: () => [...session.keys()],
    getOwnPropertyDescriptor: (_, key) =>
      isKey(key) && session.has(key)
        ? { value: session.get(key), writable: true, enumerable: true, configurable: true }
        : undefined,
    defineProperty: (_, key, { value }) => {
      if (isKey(key)) session.set(key, value)
      return isKey(key)
    },
  })
}
