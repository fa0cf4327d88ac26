import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deepEqual } from './deep-equal.ts'
import { richJson } from './rich-json.ts'

const at = { key: 'k', header: 'h' }
const codec = richJson()
const encode = (data: Record<string, unknown>): string => codec.encode(record(data), at) as string
const decode = (text: string): Record<string, unknown> => codec.decode(text, at) as Record<string, unknown>
const roundTrip = (value: unknown): unknown => decode(encode({ value })).value

function record(data: Record<string, unknown>): Record<string, unknown> {
  const values: Record<string, unknown> = Object.create(null)
  for (const key of Object.keys(data)) values[key] = data[key]
  return values
}

const awkwardKeys = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'toJSON',
  '',
  '0',
  '$',
  '$date',
  '$object',
  '$x',
]
const key = fc.oneof(fc.constantFrom(...awkwardKeys), fc.string({ unit: 'binary', maxLength: 8 }))

/** Any value that a session keeps; `__proto__` is a key at the top level only. */
const { value: anyValue } = fc.letrec<{ value: unknown }>(tie => {
  const inner = tie('value')
  const few = { maxLength: 4 } as const
  return {
    value: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.double(),
        fc.integer(),
        fc.boolean(),
        fc.bigInt(),
        fc.uint8Array(few),
        fc.date({ noInvalidDate: false }),
        fc.constantFrom(null, undefined, -0, '"$date"', '\ud800', '\\u0024'),
      ),
      fc.array(inner, few),
      fc.array(fc.tuple(inner, inner), few).map(entries => new Map(entries)),
      fc.array(inner, few).map(elements => new Set(elements)),
      fc.dictionary(
        key.filter(name => name !== '__proto__'),
        inner,
        { maxKeys: 4 },
      ),
    ),
  }
})
const anyData = fc.array(fc.tuple(key, anyValue), { maxLength: 5 }).map(entries => {
  const data = record({})
  for (const [name, value] of entries) data[name] = value
  return data
})

class User {
  name = 'Ada'
}

describe('richJson', () => {
  it('is plain JSON for plain data', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), data => {
        // The one thing that JSON.stringify changes in JSON values, and the one form that is taken.
        fc.pre(
          !JSON.stringify(data).includes('"$') && !hasMinusZero(data) && !JSON.stringify(data).includes('__proto__'),
        )
        expect(encode(data)).toBe(JSON.stringify(data))
      }),
    )
  })

  it('gives back any data as it was', () => {
    fc.assert(
      fc.property(anyData, data => {
        const back = decode(encode(data))
        expect(Object.getPrototypeOf(back)).toBeNull()
        expect(deepEqual(back, data)).toBe(true)
        expect(Object.keys(back).sort()).toEqual(Object.keys(data).sort())
        expect(({} as Record<string, unknown>).polluted).toBeUndefined()
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    ['a date', new Date(1_700_000_000_000), '{"$date":1700000000000}'],
    ['an invalid date', new Date(Number.NaN), '{"$date":null}'],
    [
      'a map',
      new Map<unknown, unknown>([
        ['a', 1],
        [{ b: 2 }, new Set([3n])],
      ]),
      '{"$map":[["a",1],[{"b":2},{"$set":[{"$bigint":"3"}]}]]}',
    ],
    ['a set', new Set(['a', undefined]), '{"$set":["a",{"$undefined":true}]}'],
    ['a big integer', -(2n ** 80n), '{"$bigint":"-1208925819614629174706176"}'],
    ['bytes', new Uint8Array([0, 255, 16]), '{"$bytes":"AP8Q"}'],
    ['undefined', undefined, '{"$undefined":true}'],
    ['NaN', Number.NaN, '{"$number":"NaN"}'],
    ['Infinity', Number.POSITIVE_INFINITY, '{"$number":"Infinity"}'],
    ['-Infinity', Number.NEGATIVE_INFINITY, '{"$number":"-Infinity"}'],
    ['-0', -0, '{"$number":"-0"}'],
    ['an object that looks like a tag', { $date: 1 }, '{"$object":{"$date":1}}'],
    [
      'an object that looks like its wrapping',
      { $object: { $date: 1 } },
      '{"$object":{"$object":{"$object":{"$date":1}}}}',
    ],
    ['an object with two such keys', { $date: 1, $map: 2 }, '{"$date":1,"$map":2}'],
    ['lone surrogates', '\ud800a\udc00', '"\\ud800a\\udc00"'],
    ['a text that looks like a tag', '{"$date":1}', '"{\\"$date\\":1}"'],
  ])('writes %s as a reader of the store would guess', (_, value, text) => {
    expect(encode({ value })).toBe(`{"value":${text}}`)
    expect(deepEqual(roundTrip(value), value)).toBe(true)
  })

  it('never takes the top level for a tag', () => {
    expect(encode({ $date: 1 })).toBe('{"$date":1}')
    expect(deepEqual(decode('{"$date":1}'), { $date: 1 })).toBe(true)
    expect(deepEqual(decode(encode({ $map: new Map() })), { $map: new Map() })).toBe(true)
  })

  it('keeps keys of the top level whatever they are called', () => {
    const back = decode('{"__proto__":{"polluted":true},"constructor":1}')
    expect(Object.keys(back)).toEqual(['__proto__', 'constructor'])
    expect(deepEqual(Object.entries(back)[0], ['__proto__', { polluted: true }])).toBe(true)
    expect(Object.getPrototypeOf(back)).toBeNull()
    expect(back.polluted).toBeUndefined()
  })

  it('does not change what it is given', () => {
    const data = record({ when: new Date(5), nested: { $date: [undefined, -0] } })
    const copy = structuredClone(data)
    encode(data)
    expect(deepEqual(data, copy)).toBe(true)
  })

  it('keeps plain objects of other realms, and of none', () => {
    expect(encode({ value: runInNewContext('({ a: [1, { b: 2 }] })') })).toBe('{"value":{"a":[1,{"b":2}]}}')
    expect(encode({ value: record({ a: 1 }) })).toBe('{"value":{"a":1}}')
  })
})

describe('what was not touched', () => {
  it('is stored as if it had been looked at', () => {
    fc.assert(
      fc.property(anyData, anyData, (before, change) => {
        const replaces = encode(before)
        const data = record({ ...(codec.decode(replaces, at) as object), ...change })
        const touched = new Set(Object.keys(change))
        expect(codec.encode(data, { ...at, replaces, touched })).toBe(encode(data))
      }),
      { numRuns: 2_000 },
    )
  })

  it('is not looked at', () => {
    const data = record({ kept: { a: 1 }, changed: 2 })
    Object.defineProperty(data.kept, 'b', { enumerable: true, get: () => 3 })
    expect(() => encode(data)).toThrow('getter')
    const place = { ...at, replaces: '{"kept":{"a":1},"changed":1}', touched: new Set(['changed']) }
    expect(codec.encode(data, place)).toBe('{"kept":{"a":1,"b":3},"changed":2}')
  })
})

describe('what cannot be kept', () => {
  const cycle: unknown[] = []
  cycle.push({ cycle })
  const cyclicMap = new Map<string, unknown>()
  cyclicMap.set('self', cyclicMap)
  const withHole: unknown[] = [1, 2]
  delete withHole[0]
  class Ids extends Array<number> {}
  class Stamp extends Date {}
  const rows: [string, unknown][] = [
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a key that is a symbol', { [Symbol('s')]: 1 }],
    ['an array with a key that is a symbol', Object.assign([1], { [Symbol('s')]: 1 })],
    ['an instance of a class', new User()],
    ['an object with a prototype of its own', Object.create({ inherited: 1 })],
    ['an object above one without a prototype', Object.create(Object.create(null))],
    ['an error', new Error('e')],
    ['a pattern', /x/],
    ['a promise', Promise.resolve()],
    ['a boxed text', Object('text')],
    ['a URL', new URL('https://example.com')],
    ['a Buffer', Buffer.from('b')],
    ['other typed arrays', new Uint16Array(2)],
    ['an ArrayBuffer', new ArrayBuffer(2)],
    ['a WeakMap', new WeakMap()],
    ['a subclass of Array', new Ids()],
    ['a subclass of Date', new Stamp()],
    ['an array without a prototype', Object.setPrototypeOf([], null)],
    ['an array of a class', Object.setPrototypeOf([], User.prototype)],
    [
      'a getter',
      {
        get a() {
          return 1
        },
      },
    ],
    ['a setter', { set a(_: number) {} }],
    ['toJSON', { toJSON: () => 'other' }],
    ['a hole', withHole],
    ['holes only', new Array(3)],
    ['an array with properties', Object.assign([1], { extra: 1 })],
    ['a date with properties', Object.assign(new Date(), { extra: 1 })],
    ['a map with properties', Object.assign(new Map(), { extra: 1 })],
    ['a nested __proto__', JSON.parse('{"__proto__":{"polluted":true}}')],
    ['a cycle', cycle],
    ['a map that holds itself', cyclicMap],
    ['201 levels', nested(201)],
    ['a million levels', nested(1_000_000)],
  ]

  for (const [what, value] of rows) {
    it(`is ${what}: says so at set and at commit, at any depth, and names the key`, () => {
      const refusal = expect.objectContaining({ code: 'ERR_SESSION_VALUE', field: 'cart' })
      for (const held of [
        value,
        [value],
        { a: { b: value } },
        new Map([['m', value]]),
        new Map([[value, 1]]),
        new Set([value]),
      ]) {
        expect(() => codec.check!('cart', held)).toThrow(refusal)
        expect(() => encode({ fine: 1, cart: held })).toThrow(refusal)
      }
    })
  }

  it('is not shown in the message', () => {
    const held = { password: 'hunter2', hunter: () => 'hunter2' }
    expect(() => codec.check!('cart', held)).not.toThrow(/hunter2/)
  })

  it('does not begin at 200 levels, nor with an object that occurs twice', () => {
    expect(deepEqual(roundTrip(nested(200)), nested(200))).toBe(true)
    const twice = { a: 1 }
    expect(() => codec.check!('cart', [twice, twice])).not.toThrow()
  })
})

describe('decode', () => {
  it.each([
    '',
    ' ',
    'null',
    '1',
    '"text"',
    '[]',
    '[1]',
    '{',
    '{"a":}',
    'undefined',
    '{"a":1}}',
    "{'a':1}",
    '\ufeff{}',
    '{"a":{"$unknown":1}}',
    '{"a":{"$":1}}',
    '{"a":{"$date":"2020-01-01"}}',
    '{"a":{"$date":8640000000000001}}',
    '{"a":{"$date":1.5}}',
    '{"a":{"$map":{}}}',
    '{"a":{"$map":[[1]]}}',
    '{"a":{"$map":[[1,2,3]]}}',
    '{"a":{"$map":[[1,2],[1,3]]}}',
    '{"a":{"$map":[1]}}',
    '{"a":{"$set":{}}}',
    '{"a":{"$set":[1,1]}}',
    '{"a":{"$bigint":1}}',
    '{"a":{"$bigint":"0x10"}}',
    '{"a":{"$bigint":""}}',
    '{"a":{"$bigint":"-0"}}',
    '{"a":{"$bigint":"01"}}',
    '{"a":{"$bigint":" 1"}}',
    '{"a":{"$bytes":[1]}}',
    '{"a":{"$bytes":"A"}}',
    '{"a":{"$bytes":"AB"}}',
    '{"a":{"$bytes":"+/=="}}',
    '{"a":{"$undefined":false}}',
    '{"a":{"$number":"1"}}',
    '{"a":{"$number":1}}',
    '{"a":{"$number":"toString"}}',
    '{"a":{"$object":1}}',
    '{"a":{"$object":null}}',
    '{"a":{"$object":[]}}',
    '{"a":{"$object":{"b":1}}}',
    '{"a":{"$object":{"$date":1,"b":2}}}',
    '{"a":{"\\u0024unknown":1}}',
    '{"a":[[{"$set":[{"$map":[[1,{"$bad":1}]]}]}]]}',
  ])('throws for %s', text => {
    expect(() => decode(text)).toThrow(SyntaxError)
  })

  it('throws for bytes', () => {
    expect(() => codec.decode(new TextEncoder().encode('{}'), at)).toThrow(SyntaxError)
  })

  it('quotes nothing of the body in what it throws', () => {
    for (const text of ['{"password":"hunter2"', '{"a":{"$hunter2":"hunter2"}}'])
      expect(() => decode(text)).not.toThrow(/hunter2/)
  })

  it('drops nested __proto__ keys, escaped or not', () => {
    for (const name of ['__proto__', '\\u005f_proto__', '__pro\\u0074o__']) {
      const back = decode(`{"a":{"b":[{"${name}":{"polluted":true},"c":1}]}}`)
      expect(JSON.stringify(back)).toBe('{"a":{"b":[{"c":1}]}}')
    }
    const merged: Record<string, unknown> = Object.assign({}, decode('{"a":{"__proto__":{"polluted":true}}}').a)
    expect(merged.polluted).toBeUndefined()
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  it.each([
    ['arrays', (depth: number) => '['.repeat(depth) + ']'.repeat(depth)],
    ['objects', (depth: number) => '{"a":'.repeat(depth) + 1 + '}'.repeat(depth)],
    ['sets', (depth: number) => '{"$set":['.repeat(depth) + ']}'.repeat(depth)],
    ['maps', (depth: number) => '{"$map":[[1,'.repeat(depth) + 1 + ']]}'.repeat(depth)],
    ['wrapped objects', (depth: number) => '{"$object":{"$a":'.repeat(depth) + 1 + '}}'.repeat(depth)],
  ])('throws for hostile depths of %s, at any size', (_, text) => {
    for (const depth of [201, 1_000, 100_000]) expect(() => decode(`{"a":${text(depth)}}`)).toThrow(SyntaxError)
  })

  it('reads wide data as it is, however many brackets it has', () => {
    const value = Array.from({ length: 1_000 }, (_, id) => ({ id, tags: ['a'] }))
    expect(deepEqual(roundTrip(value), value)).toBe(true)
  })

  it('either throws an Error or returns what it would write again', () => {
    const piece = fc.constantFrom(
      ...'{}[]:,"0-\\',
      '{"a":',
      '{"$date":',
      '{"$map":[[',
      '{"$object":{',
      '"$set"',
      '"__proto__"',
      'null',
      'true',
      '1e999',
      '\\u0024',
      '\\ud800',
    )
    const mutated = fc.tuple(anyData, fc.nat(), fc.nat({ max: 5 }), piece).map(([data, place, gone, put]) => {
      const text = encode(data)
      const from = place % text.length
      return text.slice(0, from) + put + text.slice(from + gone)
    })
    const soup = fc.array(piece, { maxLength: 12 }).map(pieces => pieces.join(''))
    fc.assert(
      fc.property(fc.oneof(mutated, soup, fc.string(), fc.json()), text => {
        let data: Record<string, unknown>
        try {
          data = decode(text)
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError)
          return
        }
        expect(Object.getPrototypeOf(data)).toBeNull()
        expect(deepEqual(decode(encode(data)), data)).toBe(true)
        expect(({} as Record<string, unknown>).polluted).toBeUndefined()
      }),
      { numRuns: 5_000 },
    )
  })
})

function nested(levels: number): unknown[] {
  let value: unknown[] = []
  for (let level = 1; level < levels; level++) value = [value]
  return value
}

function hasMinusZero(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(hasMinusZero)
  return Object.is(value, -0)
}
