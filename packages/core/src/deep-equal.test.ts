import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deepEqual } from './deep-equal.ts'

const nullPrototype = (entries: object): object => Object.assign(Object.create(null), entries)

describe('deepEqual', () => {
  const different: [string, unknown, unknown][] = [
    ['numbers', 1, 2],
    ['zeros', 0, -0],
    ['a number and its text', 1, '1'],
    ['a number and its big integer', 1, 1n],
    ['null and undefined', null, undefined],
    ['null and an object', null, {}],
    ['an array and an object', [], {}],
    ['an array and its entries', ['a'], { 0: 'a', length: 1 }],
    ['lengths', [1], [1, 2]],
    ['elements', [1, [2]], [1, [3]]],
    ['an element less in the middle', [1, undefined, 3], [1, 3]],
    ['values', { a: { b: 1 } }, { a: { b: 2 } }],
    ['keys', { a: undefined }, { b: undefined }],
    ['an absent key and undefined', {}, { a: undefined }],
    ['an own key and an inherited one', { toString: Object.prototype.toString }, { a: 1 }],
    ['the names of object methods', JSON.parse('{"__proto__":1}'), { a: 1 }],
    ['dates', new Date(1), new Date(2)],
    ['a date and an invalid one', new Date(0), new Date(Number.NaN)],
    ['a date and its number', new Date(1), 1],
    ['a date and an object', new Date(1), {}],
    ['maps by value', new Map([['a', 1]]), new Map([['a', 2]])],
    ['maps by key', new Map([['a', 1]]), new Map([['b', 1]])],
    [
      'maps by order',
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
      new Map([
        ['b', 2],
        ['a', 1],
      ]),
    ],
    ['a map and an object', new Map(), {}],
    ['a map and a set', new Map(), new Set()],
    ['sets', new Set([1]), new Set([2])],
    ['sets by order', new Set([1, 2]), new Set([2, 1])],
    ['sets by size', new Set([1]), new Set([1, 2])],
    ['bytes', new Uint8Array([1]), new Uint8Array([2])],
    ['bytes by length', new Uint8Array([1]), new Uint8Array([1, 0])],
    ['bytes and an array', new Uint8Array([1]), [1]],
    ['two instances of a class', new (class A {})(), new (class A {})()],
    ['two functions', () => 1, () => 1],
  ]

  it.each(different)('tells %s apart, both ways, at any depth', (_, left, right) => {
    expect(deepEqual(left, right)).toBe(false)
    expect(deepEqual(right, left)).toBe(false)
    expect(deepEqual({ a: [left] }, { a: [right] })).toBe(false)
    expect(deepEqual(new Map([['k', left]]), new Map([['k', right]]))).toBe(false)
    expect(deepEqual(new Set([[left]]), new Set([[right]]))).toBe(false)
    expect(deepEqual(left, left)).toBe(true)
  })

  it.each([
    ['NaN', Number.NaN, Number.NaN],
    ['objects in another order', { a: 1, b: 2 }, { b: 2, a: 1 }],
    ['objects with and without a prototype', { a: 1 }, nullPrototype({ a: 1 })],
    ['objects of two realms', { a: [1] }, runInNewContext('({ a: [1] })')],
    ['invalid dates', new Date(Number.NaN), new Date(Number.NaN)],
    ['maps with objects for keys', new Map([[{ a: 1 }, 1]]), new Map([[{ a: 1 }, 1]])],
    ['sets of objects', new Set([{ a: 1 }]), new Set([{ a: 1 }])],
    ['own keys named __proto__', JSON.parse('{"__proto__":[1]}'), JSON.parse('{"__proto__":[1]}')],
  ])('takes %s for the same', (_, left, right) => {
    expect(deepEqual(left, right)).toBe(true)
    expect(deepEqual(right, left)).toBe(true)
  })

  it('takes a copy for the same, and notices any change of it', () => {
    const value = fc.object({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withSparseArray: false,
      maxDepth: 3,
    })
    fc.assert(
      fc.property(value, fc.string(), fc.anything(), (original, key, put) => {
        const copy = structuredClone(original) as Record<string, unknown>
        expect(deepEqual(original, copy)).toBe(true)
        const changed = { ...copy, [`${key} new`]: put }
        expect(deepEqual(original, changed)).toBe(false)
        expect(deepEqual({ deep: [original] }, { deep: [changed] })).toBe(false)
      }),
    )
  })
})
