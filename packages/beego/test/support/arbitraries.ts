/** Whatever a session may hold: every type that Go or Beego registers, and values that do not say their type. */
import fc, { type Arbitrary } from 'fast-check'
import { REGISTERED } from '../../src/gob/go-names.ts'

const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }))
const integer = (bits: number, signed: boolean): Arbitrary<number | bigint> => {
  const [min, max] = signed ? [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n] : [0n, 2n ** BigInt(bits) - 1n]
  return fc.bigInt({ min, max }).map(value => (Number.isSafeInteger(Number(value)) ? Number(value) : value))
}
/** Any NaN is the same one to JavaScript. */
const float = fc.double()
const complex = fc.record({ re: float, im: float }, { noNullPrototype: false })

const basic: Record<string, Arbitrary<unknown>> = {
  string: text,
  bool: fc.boolean(),
  int: integer(64, true),
  uint: integer(64, false),
  uintptr: integer(64, false),
  float64: float,
  float32: fc.float(),
  complex128: complex,
  complex64: fc.record({ re: fc.float(), im: fc.float() }, { noNullPrototype: false }),
  '[]uint8': fc.uint8Array(),
}
for (const bits of [8, 16, 32, 64]) {
  basic[`int${bits}`] = integer(bits, true)
  basic[`uint${bits}`] = integer(bits, false)
}

/** What any interface holds, without saying its type. */
const values = fc.letrec(tie => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(
      text,
      fc.boolean(),
      fc.integer(),
      float,
      fc.constant(null),
      fc.uint8Array(),
      fc.date({ noInvalidDate: true }),
    ),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(text, tie('any'), { maxKeys: 4, noNullPrototype: false }),
    fc
      .array(fc.tuple(fc.oneof(text, fc.integer(), fc.boolean()), tie('any')), { maxLength: 4 })
      .map(pairs => new Map(pairs)),
  ),
}))

export const any: Arbitrary<unknown> = values.any

function valuesOf(type: string): Arbitrary<unknown> {
  if (type === 'interface {}') return any
  if (basic[type] !== undefined) return basic[type]
  if (type.startsWith('[]')) return fc.array(valuesOf(type.slice(2)), { maxLength: 5 })
  const [, key, elem] = /^map\[(.+?)\](.*)$/.exec(type)!
  if (key === 'string') return fc.dictionary(text, valuesOf(elem!), { maxKeys: 4, noNullPrototype: false })
  const keys = key === 'int' ? integer(64, true) : fc.oneof(text, fc.integer(), fc.boolean())
  return fc.array(fc.tuple(keys, valuesOf(elem!)), { maxLength: 4 }).map(pairs => new Map(pairs))
}

export interface Typed {
  type: string
  value: unknown
}

export const typed: Arbitrary<Typed> = fc
  .constantFrom(...REGISTERED)
  .chain(type => valuesOf(type).map(value => ({ type, value })))
export const key: Arbitrary<string> = text.filter(each => !/^\w+\(.*\)$/s.test(each))
export const session: Arbitrary<Record<string, Typed>> = fc.dictionary(key, typed, { maxKeys: 5 })
