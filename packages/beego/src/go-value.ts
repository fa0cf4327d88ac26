/** Values whose Go type is said, for those who will read the session in Go: `session.set('uid', goInt64(5))`. */
import { SessionError } from '@sentinel-session/core'

/**
 * A value and the name of the Go type that it is to be stored as. Until the request ends `get` gives this object; from then on, what it
 * holds.
 */
export class GoValue<X = unknown> {
  /** As Go registers it: `int64`, `[]string`, `map[string]interface {}`. */
  readonly goType: string
  readonly value: X

  constructor(goType: string, value: X) {
    if (typeof goType !== 'string' || goType === '') {
      throw new SessionError('ERR_SESSION_VALUE', 'A Go value needs the name of its type.')
    }
    this.goType = goType
    this.value = value
  }
}

/**
 * A value as any type that each process of a Beego fleet can read, or that the stored session holds already. Where the type is unknown
 * there, or the value does not fit it, the commit rejects with `ERR_SESSION_VALUE`.
 *
 * @example session.set('roles', goValue('[]string', ['admin']))
 */
export function goValue<X>(goType: string, value: X): GoValue<X> {
  return new GoValue(goType, value)
}

/** An `int`, which a whole number becomes by itself where none was before. */
export const goInt = (value: number | bigint): GoValue<number | bigint> => new GoValue('int', value)
/** An `int8`: -128 to 127. */
export const goInt8 = (value: number | bigint): GoValue<number | bigint> => new GoValue('int8', value)
/** An `int16`: -32,768 to 32,767. */
export const goInt16 = (value: number | bigint): GoValue<number | bigint> => new GoValue('int16', value)
/** An `int32`, which is Go's `rune` too. */
export const goInt32 = (value: number | bigint): GoValue<number | bigint> => new GoValue('int32', value)
/** An `int64`; beyond 2^53 give a bigint. */
export const goInt64 = (value: number | bigint): GoValue<number | bigint> => new GoValue('int64', value)
/** A `uint`. */
export const goUint = (value: number | bigint): GoValue<number | bigint> => new GoValue('uint', value)
/** A `uint8`, which is Go's `byte` too: 0 to 255. */
export const goUint8 = (value: number | bigint): GoValue<number | bigint> => new GoValue('uint8', value)
/** A `uint16`: 0 to 65,535. */
export const goUint16 = (value: number | bigint): GoValue<number | bigint> => new GoValue('uint16', value)
/** A `uint32`. */
export const goUint32 = (value: number | bigint): GoValue<number | bigint> => new GoValue('uint32', value)
/** A `uint64`; beyond 2^53 give a bigint. */
export const goUint64 = (value: number | bigint): GoValue<number | bigint> => new GoValue('uint64', value)
/** A `float32`: the nearest one. */
export const goFloat32 = (value: number): GoValue<number> => new GoValue('float32', value)
/** A `float64`, also of a whole number, which would become an `int` where none was before. */
export const goFloat64 = (value: number): GoValue<number> => new GoValue('float64', value)
