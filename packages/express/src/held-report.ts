/** What a response says of itself while it is held: as if what its handler did had happened. */
import type { ServerResponse } from 'node:http'

export interface Held {
  isEnded(): boolean
  needsDrain(): boolean
  bytes(): number
}

/**
 * Until the function that is returned is called. `finished` is left alone: it is deprecated, and Node reads it to learn what has gone to the
 * wire.
 */
export function reportHeld(res: ServerResponse, held: Held): () => void {
  const waiting = res.writableLength
  const restore = override(res, {
    headersSent: { get: () => true },
    writableEnded: { get: held.isEnded },
    writableNeedDrain: { get: held.needsDrain },
    writableLength: { get: () => waiting + held.bytes() },
    setHeader: { value: () => refuse('set') },
    setHeaders: { value: () => refuse('set') },
    appendHeader: { value: () => refuse('append') },
    removeHeader: { value: () => refuse('remove') },
  })
  return restore
}

/** Own properties instead of inherited ones; the function that is returned puts back what was there. */
export function override(target: object, properties: Record<string, PropertyDescriptor>): () => void {
  const before = Object.keys(properties).map(name => [name, Object.getOwnPropertyDescriptor(target, name)] as const)
  for (const [name, property] of Object.entries(properties)) {
    Object.defineProperty(target, name, { ...property, configurable: true })
  }
  return () => {
    for (const [name, own] of before) {
      if (own === undefined) Reflect.deleteProperty(target, name)
      else Object.defineProperty(target, name, own)
    }
  }
}

function refuse(verb: string): never {
  throw headHasLeft(verb)
}

/** As Node says it. */
export function headHasLeft(verb: string): Error {
  const message = `Cannot ${verb} headers after they are sent to the client`
  return Object.assign(new Error(message), { code: 'ERR_HTTP_HEADERS_SENT' })
}
