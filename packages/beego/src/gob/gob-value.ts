/** What stands on the wire, before it is made a JavaScript value: nothing is lost in it that Go could tell apart. */
import type { Definitions } from './definition.ts'

/**
 * A value without its type, which whoever holds it knows:
 * integers are numbers where that is exact; a NaN, and only that of floats, is its 64 bits; a string is its bytes where they are not UTF-8;
 * complex is two floats; a map, a list of pairs; a struct, a list of [index of the field, value] of the fields that were sent.
 */
export type GobValue = boolean | number | bigint | string | Uint8Array | Held | null | readonly GobValue[]

/** What an interface holds: the name that Go registered its type by, and the id of the type in this stream. Nil is `null`. */
export interface Held {
  readonly name: string
  readonly type: number
  readonly value: GobValue
}

export type Pair = readonly [key: GobValue, value: GobValue]
export type SentField = readonly [index: number, value: GobValue]

/** A session as it is stored: a map from interface to interface, of the type `root`. */
export interface GobSession {
  readonly root: number
  readonly entries: readonly (readonly [key: Held | null, value: Held | null])[]
  readonly definitions: Definitions
  /** The types that interfaces hold here, by the names that Go registered: what the fleet can read. */
  readonly names: ReadonlyMap<string, number>
}
