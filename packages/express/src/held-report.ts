/** What a response says of itself while it is held: as if what its handler did had happened. */
import type { ServerResponse } from 'node:http'

export interface Held {
  readonly isEnded: boolean
  readonly needsDrain: boolean
  /** Of the body, so far. */
  readonly bytes: number
}

const HELD = Symbol('held')
type HeldAs = ServerResponse & { [HELD]?: Held }

/**
 * The same for all responses: nothing is made for a single one. `finished` is left alone: it is deprecated, and Node reads it to learn what
 * has gone to the wire.
 */
const WHILE_HELD: PropertyDescriptorMap & ThisType<HeldAs> = {
  headersSent: { get: () => true, configurable: true },
  writableEnded: {
    get() {
      return this[HELD]!.isEnded
    },
    configurable: true,
  },
  writableNeedDrain: {
    get() {
      return this[HELD]!.needsDrain
    },
    configurable: true,
  },
  writableLength: {
    get() {
      return this[HELD]!.bytes
    },
    configurable: true,
  },
  setHeader: { value: () => refuse('set'), configurable: true },
  setHeaders: { value: () => refuse('set'), configurable: true },
  appendHeader: { value: () => refuse('append'), configurable: true },
  removeHeader: { value: () => refuse('remove'), configurable: true },
}
/** Until the function that is returned is called. */
export function reportHeld(res: ServerResponse, held: Held): () => void {
  ;(res as HeldAs)[HELD] = held
  return override(res, WHILE_HELD)
}

/** Own properties instead of inherited ones; the function that is returned puts back what was there. */
export function override(target: object, properties: PropertyDescriptorMap): () => void {
  const names = Object.keys(properties)
  const own = names.filter(name => Object.hasOwn(target, name))
  const before = own.map(name => [name, Object.getOwnPropertyDescriptor(target, name)!] as const)
  Object.defineProperties(target, properties)
  return () => {
    // The last first: so V8 finds the object's former shape again.
    for (const name of names.reverse()) Reflect.deleteProperty(target, name)
    for (const [name, property] of before) Object.defineProperty(target, name, property)
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
