/** Whatever a session may hold comes back from its bytes, with its Go types, also when something beside it has changed. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { any, key, session, typed } from '../test/support/arbitraries.ts'
import { goValue } from './go-value.ts'
import type { Held } from './gob/gob-value.ts'
import { readSession } from './gob/read-session.ts'
import { writeSession } from './gob/write-session.ts'
import { gobCodec } from './gob-codec.ts'

const codec = gobCodec({ dates: true })
const at = { key: 'k', header: '' }
const encode = (data: object, replaces?: Uint8Array) =>
  codec.encode(data as Record<string, unknown>, { ...at, replaces }) as Uint8Array
const decode = (bytes: Uint8Array) => codec.decode(bytes, at) as Record<string, unknown>

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
