/** Whatever a session may hold comes back from its bytes, with its Go types, also when something beside it has changed. */
import fc, { type Arbitrary } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { goValue } from './go-value.ts'
import { REGISTERED } from './gob/go-names.ts'
import type { Held } from './gob/gob-value.ts'
import { readSession } from './gob/read-session.ts'
import { writeSession } from './gob/write-session.ts'
import { gobCodec } from './gob-codec.ts'

const codec = gobCodec({ dates: true })
const at = { key: 'k', header: '' }
const encode = (data: object, replaces?: Uint8Array) =>
  codec.encode(data as Record<string, unknown>, { ...at, replaces }) as Uint8Array
const decode = (bytes: Uint8Array) => codec.decode(bytes, at) as Record<string, unknown>

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
  complex64: complex,
  '[]uint8': fc.uint8Array(),
}
for (const bits of [8, 16, 32, 64]) {
  basic[`int${bits}`] = integer(bits, true)
  basic[`uint${bits}`] = integer(bits, false)
}

/** What any interface holds, without saying its type. */
const { any } = fc.letrec(tie => ({
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

function valuesOf(type: string): Arbitrary<unknown> {
  if (type === 'interface {}') return any
  if (basic[type] !== undefined) return basic[type]
  if (type.startsWith('[]')) return fc.array(valuesOf(type.slice(2)), { maxLength: 5 })
  const [, key, elem] = /^map\[(.+?)\](.*)$/.exec(type)!
  if (key === 'string') return fc.dictionary(text, valuesOf(elem!), { maxKeys: 4, noNullPrototype: false })
  const keys = key === 'int' ? integer(64, true) : fc.oneof(text, fc.integer(), fc.boolean())
  return fc.array(fc.tuple(keys, valuesOf(elem!)), { maxLength: 4 }).map(pairs => new Map(pairs))
}

const typed = fc.constantFrom(...REGISTERED).chain(type => valuesOf(type).map(value => ({ type, value })))
const key = text.filter(each => !/^\w+\(.*\)$/s.test(each))
const session = fc.dictionary(key, typed, { maxKeys: 5 })

const typesIn = (bytes: Uint8Array) =>
  new Map(readSession(bytes).entries.map(([name, held]) => [name!.value, held?.name]))
const heldIn = (bytes: Uint8Array): Map<unknown, Held | null> =>
  new Map(readSession(bytes).entries.map(([name, held]) => [name!.value, held]))

describe('any session of registered types', () => {
  it('comes back with its values and types', () => {
    fc.assert(
      fc.property(session, entries => {
        const forced = Object.entries(entries).map(([name, { type, value }]) => [name, goValue(type, value)] as const)
        const bytes = encode(Object.fromEntries(forced))
        expect(typesIn(bytes)).toEqual(new Map(Object.entries(entries).map(([name, { type }]) => [name, type])))
        const values = Object.entries(entries).map(([name, { value }]) => [name, value] as const)
        expect(decode(bytes)).toEqual(Object.fromEntries(values))
        expect(encode(decode(bytes), bytes)).toBe(bytes)
      }),
      { numRuns: 1000 },
    )
  })

  it('keeps what was not changed as it was on the wire, when something beside it is', () => {
    fc.assert(
      fc.property(session, typed, (entries, { type, value }) => {
        const forced = Object.entries(entries).map(([name, each]) => [name, goValue(each.type, each.value)] as const)
        const before = encode(Object.fromEntries(forced))
        const after = encode({ ...decode(before), 'set by us': goValue(type, value) }, before)
        expect(typesIn(after).get('set by us')).toBe(type)
        const kept = heldIn(after)
        for (const [name, held] of heldIn(before))
          if (name !== 'set by us') expect(kept.get(name)?.value).toEqual(held?.value)
      }),
      { numRuns: 500 },
    )
  })

  it('is the same after it was written by another, in another order of types', () => {
    fc.assert(
      fc.property(session, entries => {
        const forced = Object.entries(entries).map(([name, { type, value }]) => [name, goValue(type, value)] as const)
        const bytes = encode(Object.fromEntries(forced))
        expect(decode(writeSession(readSession(bytes)))).toEqual(decode(bytes))
      }),
      { numRuns: 300 },
    )
  })
})

describe('any values without a type', () => {
  it('come back', () => {
    fc.assert(
      fc.property(fc.dictionary(key, any, { maxKeys: 5 }), values => {
        const kept = Object.entries(values).filter(([, value]) => value !== null)
        expect(decode(encode(values))).toEqual(Object.fromEntries(kept))
      }),
      { numRuns: 1000 },
    )
  })
})
