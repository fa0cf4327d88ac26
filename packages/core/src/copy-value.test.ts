import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { copyOf } from './copy-value.ts'
import { deepEqual } from './deep-equal.ts'

describe('copyOf', () => {
  it('is equal to its original, and shares nothing with it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        const copy = copyOf(value)
        expect(deepEqual(copy, value)).toBe(true)
        if (typeof value === 'object' && value !== null) expect(copy).not.toBe(value)
      }),
    )
    const nested = { list: [{ a: 1 }], at: new Date(5), seen: new Map([['k', { b: 2 }]]), bytes: new Uint8Array([1]) }
    const copy = copyOf(nested) as typeof nested
    nested.list[0]!.a = 2
    nested.at.setTime(6)
    nested.seen.get('k')!.b = 3
    nested.bytes[0] = 4
    expect(
      deepEqual(copy, {
        list: [{ a: 1 }],
        at: new Date(5),
        seen: new Map([['k', { b: 2 }]]),
        bytes: new Uint8Array([1]),
      }),
    ).toBe(true)
  })

  it('keeps what contains itself, holes, and a key that looks like a prototype', () => {
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    const copy = copyOf(cycle) as typeof cycle
    expect(copy).not.toBe(cycle)
    expect(copy.self === undefined).toBe(false)
    const holes = [1, 2, 3]
    delete holes[1]
    expect(Object.keys(copyOf(holes) as unknown[])).toEqual(['0', '2'])
    const own = JSON.parse('{"__proto__":{"polluted":true}}')
    expect(Object.keys(copyOf(own) as object)).toEqual(['__proto__'])
    expect((copyOf(own) as { polluted?: true }).polluted).toBeUndefined()
  })

  it('throws for functions and symbols, wherever they are', () => {
    for (const value of [() => 1, Symbol('s'), [{ f: () => 1 }]]) expect(() => copyOf(value)).toThrow()
  })
})
