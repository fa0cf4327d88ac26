/** What a handler does to a session that Go reads: which types its values get, and what is refused. */
import { describe, expect, it } from 'vitest'
import { vectors } from '../test/support/vectors.ts'
import { goTypeOf } from './go-type.ts'
import { goFloat32, goFloat64, goInt8, goInt64, goUint8, goUint64, goValue } from './go-value.ts'
import { readSession } from './gob/read-session.ts'
import { gobCodec } from './gob-codec.ts'

type Data = Record<string, unknown>

const at = { key: 'k', header: '' }
const codec = gobCodec()

const stored = (name: string): Uint8Array => vectors.find(vector => vector.name === name)!.bytes

function encode(data: Data, replaces?: Uint8Array, options?: { dates?: boolean }): Uint8Array {
  return gobCodec(options).encode(data, { ...at, replaces }) as Uint8Array
}

const decode = async (bytes: Uint8Array): Promise<Data> => codec.decode(bytes, at)

/** The Go type of each value, by key. */
function typesIn(bytes: Uint8Array): Record<string, string | undefined> {
  return Object.fromEntries(readSession(bytes).entries.map(([key, held]) => [String(key!.value), held?.name]))
}

/** What is stored after a handler has changed what was stored before. */
async function changed(before: Uint8Array, change: (data: Data) => void): Promise<Uint8Array> {
  const data = await decode(before)
  change(data)
  return encode(data, before)
}

async function refusal(data: Data, replaces?: Uint8Array, options?: object): Promise<string> {
  try {
    encode(data, replaces, options)
  } catch (error) {
    return `${(error as { code: string }).code} ${(error as { field: string }).field}: ${(error as Error).message}`
  }
  return 'none'
}

describe('a new value', () => {
  it.each([
    ['text', 'string'],
    [true, 'bool'],
    [17, 'int'],
    [-1, 'int'],
    [Number.MAX_SAFE_INTEGER, 'int'],
    [1.5, 'float64'],
    [1e300, 'float64'],
    [-0, 'float64'],
    [Number.NaN, 'float64'],
    [Number.POSITIVE_INFINITY, 'float64'],
    [5n, 'int64'],
    [-(2n ** 63n), 'int64'],
    [2n ** 63n, 'uint64'],
    [2n ** 64n - 1n, 'uint64'],
    [new Uint8Array([1, 2]), '[]uint8'],
    [[1, 'a', null, [true]], '[]interface {}'],
    [{ a: { b: 1 }, __proto__: null }, 'map[string]interface {}'],
    [
      new Map<unknown, unknown>([
        [1, 'a'],
        ['1', 2],
      ]),
      'map[interface {}]interface {}',
    ],
  ])('%o becomes a %s, and comes back', async (value, type) => {
    const bytes = encode({ k: value })
    expect(typesIn(bytes)).toEqual({ k: type })
    const back = (await decode(bytes)).k
    expect(back).toEqual(typeof value === 'bigint' && value < 2n ** 53n && value > 0 ? Number(value) : value)
  })

  it.each([
    [goInt8(-128), 'int8'],
    [goInt64(5), 'int64'],
    [goUint8(200), 'uint8'],
    [goUint64(2n ** 64n - 1n), 'uint64'],
    [goFloat64(17), 'float64'],
    [goFloat32(0.1), 'float32'],
    [goValue('[]string', ['a', 'b']), '[]string'],
    [goValue('map[int]string', new Map([[1, 'a']])), 'map[int]string'],
    [goValue('complex128', { re: 1, im: -1 }), 'complex128'],
  ])('that says its type, %o, gets it', (value, type) => {
    expect(typesIn(encode({ k: value }))).toEqual({ k: type })
  })

  it('says its type inside of others, too', async () => {
    const bytes = encode({ k: { id: goInt64(7), ids: [goUint8(1)] } })
    expect(await decode(bytes)).toEqual({ k: { id: 7, ids: [1] } })
    const [[, held]] = readSession(bytes).entries as unknown as [[unknown, { value: [string, { name: string }][] }]]
    expect(held.value[0]![1].name).toBe('int64')
  })

  it.each([
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a class instance', new URL('http://a')],
    ['a Set', new Set([1])],
    ['a bigint past uint64', 2n ** 64n],
    ['half a surrogate pair', 'a\ud800'],
    ['an int8 of 128', goInt8(128)],
    ['a negative uint8', goUint8(-1)],
    ['a fraction as an int64', goInt64(1.5)],
    ['a number in a []string', goValue('[]string', [1])],
    ['300 in a []int8', goValue('[]int8', [300])],
    ['too much for a complex64', goValue('complex64', { re: 1e300, im: 0 })],
    ['a type that the fleet may not know', goValue('map[string]int', { a: 1 })],
    ['a Map with an object as its key', new Map([[{}, 1]])],
    ['a Date, unless the fleet registers time.Time', new Date(0)],
    ['something inside', { deep: [new Set()] }],
  ])('is refused: %s', async (_, value) => {
    expect(await refusal({ fine: 1, k: value })).toMatch(/^ERR_SESSION_VALUE k: The session key "k" /)
  })

  it('is refused where it contains itself, by name', async () => {
    const loop: unknown[] = []
    loop.push(loop)
    expect(await refusal({ k: loop })).toMatch(/^ERR_SESSION_VALUE k: .*contains itself/)
  })

  it('is refused on the line that sets it, where that can be known', () => {
    expect(() => codec.check!('k', { f: () => 1 })).toThrow(
      expect.objectContaining({ code: 'ERR_SESSION_VALUE', field: 'k' }),
    )
    expect(() => codec.check!('int(x)', 1)).toThrow(
      expect.objectContaining({ code: 'ERR_SESSION_VALUE', field: 'int(x)' }),
    )
    codec.check!('when', new Date())
    codec.check!('int(5)', [1, { a: undefined }])
  })
})

describe('a value that takes the place of another', () => {
  it('keeps the type of each number', async () => {
    const widths = await changed(stored('int-widths'), data => {
      for (const key of Object.keys(data)) data[key] = 7
    })
    expect(typesIn(widths)).toEqual(typesIn(stored('int-widths')))
    const floats = await changed(stored('float64'), data => {
      for (const key of Object.keys(data)) data[key] = 7
    })
    expect(new Set(Object.values(typesIn(floats)))).toEqual(new Set(['float64']))
  })

  it('keeps the type of a list, and of a map, that is changed in place', async () => {
    const lists = await changed(stored('slice-string'), data => {
      for (const list of Object.values(data)) (list as string[]).push('new')
    })
    expect(typesIn(lists)).toEqual(typesIn(stored('slice-string')))
    const labels = await changed(stored('map-string-string'), ({ labels }) => {
      ;(labels as Data).added = 'x'
    })
    expect(typesIn(labels)).toEqual({ labels: 'map[string]string' })
    const counts = await changed(stored('map-int-int'), data => {
      for (const map of Object.values(data)) (map as Map<number, number>).set(99, 1)
    })
    expect(typesIn(counts)).toEqual(typesIn(stored('map-int-int')))
  })

  it('keeps the types of what is inside', async () => {
    const before = encode({ k: { big: goInt64(1), half: 0.5, list: [goUint8(1), goFloat64(2), 'x'] } })
    const after = await changed(before, ({ k }) => {
      const { list } = k as { list: unknown[] }
      Object.assign(k as Data, { big: 2, half: 3 })
      list.shift()
      list.push('y')
    })
    expect(await decode(after)).toEqual({ k: { big: 2, half: 3, list: [2, 'x', 'y'] } })
    const [[, held]] = readSession(after).entries as unknown as [
      [unknown, { value: [string, { name: string; value: { name: string }[] }][] }],
    ]
    const inner = new Map(held.value)
    expect([inner.get('big')!.name, inner.get('half')!.name]).toEqual(['int64', 'float64'])
    expect(inner.get('list')!.value.map(({ name }) => name)).toEqual(['float64', 'string', 'string'])
  })

  it('keeps a struct, whose fields may change', async () => {
    const before = stored('struct-user')
    const after = await changed(before, ({ user }) => {
      const struct = user as { Score: number; Name: string; Roles: string[]; Meta: Data; Addr: Data; ID: bigint }
      expect(goTypeOf(struct)).toBe('example.com/sentinelcheck/app/models.User')
      Object.assign(struct, { Score: 0, Name: '' })
      struct.Roles.push('dev')
      struct.Meta.visits = 4
      struct.Addr.Zip = 1
    })
    expect(typesIn(after)).toEqual(typesIn(before))
    const { user } = (await decode(after)) as { user: Data }
    expect(user).toMatchObject({ Score: 0, Name: '', ID: 9007199254740993n, Roles: ['admin', 'ops', 'dev'] })
    expect(user).toMatchObject({ Meta: { theme: 'dark', visits: 4 }, Addr: { Street: '1 High St', Zip: 1 } })
  })

  it('keeps the zone of a time, and what is below a millisecond if the time is the same', async () => {
    const before = stored('time')
    const moved = await changed(before, data => {
      data.plus = new Date(1_800_000_000_123)
      data.utc = new Date((data.utc as Date).getTime())
    })
    const bytesOf = (session: Uint8Array, name: string): Buffer =>
      Buffer.from(readSession(session).entries.find(([key]) => key!.value === name)![1]!.value as Uint8Array)
    expect(bytesOf(moved, 'utc')).toEqual(bytesOf(before, 'utc'))
    expect(bytesOf(moved, 'plus').subarray(13)).toEqual(bytesOf(before, 'plus').subarray(13))
    expect(((await decode(moved)).plus as Date).getTime()).toBe(1_800_000_000_123)
  })

  it('says so where it does not fit, and names the key', async () => {
    const uid = encode({ uid: 1, f: 1.5 })
    const advice = 'goValue() says that Go is to find another type there.'
    expect(await refusal({ uid: 'x' }, uid)).toBe(
      `ERR_SESSION_VALUE uid: The session key "uid" holds what does not fit the int in its place; ${advice}`,
    )
    expect(await refusal({ uid: 1.5 }, uid)).toMatch(/the int in its place/)
    expect(await refusal({ f: 1n }, uid)).toMatch(/the float64 in its place/)
    expect(await refusal({ cart: { Items: [], Other: 1 } }, stored('struct-small'))).toMatch(
      /the main.Cart in its place/,
    )
    expect(await refusal({ ttl: 2n ** 63n }, stored('duration'))).toMatch(/the time.Duration in its place/)
  })

  it('may say another type', () => {
    expect(typesIn(encode({ uid: goValue('string', 'x') }, encode({ uid: 1 })))).toEqual({ uid: 'string' })
  })
})

describe('types of an application', () => {
  it('may be used again in the session that has them', async () => {
    const after = await changed(stored('struct-small'), data => {
      data.saved = { ...(data.cart as object) }
      data.copy = data.cart
      data.fresh = goValue('main.Cart', { Items: ['kiwi'], Total: 5 })
    })
    expect(typesIn(after)).toEqual({
      cart: 'main.Cart',
      saved: 'map[string]interface {}',
      copy: 'main.Cart',
      fresh: 'main.Cart',
    })
    expect((await decode(after)).fresh).toEqual({ Items: ['kiwi'], Total: 5, Note: '' })
  })

  it('are refused in a session that has them not', async () => {
    const { cart } = await decode(stored('struct-small'))
    expect(await refusal({ cart })).toMatch(/^ERR_SESSION_VALUE cart: .*main.Cart/)
  })

  it('have Dates where the fleet is said to register time.Time, or the session has one', async () => {
    const date = new Date(1_700_000_000_123)
    expect(await decode(encode({ date }, undefined, { dates: true }))).toEqual({ date })
    expect(typesIn(await changed(stored('login'), data => Object.assign(data, { date })))).toMatchObject({
      date: 'time.Time',
    })
  })
})

describe('keys', () => {
  it('that are no strings in Go are written as Go converts them', async () => {
    const before = stored('mixed-keys')
    expect(await decode(before)).toEqual({ s: 1, 'int(7)': 2, 'int64(7)': 3, 'float64(7)': 4, 'bool(true)': 5 })
    const after = await changed(before, data => {
      data['int64(7)'] = 33
      delete data['bool(true)']
      data['uint8(1)'] = 'new'
    })
    expect(await decode(after)).toEqual({ s: 1, 'int(7)': 2, 'int64(7)': 33, 'float64(7)': 4, 'uint8(1)': 'new' })
  })

  it('that are strings and look so, too, are told apart', async () => {
    const bytes = encode({ 'string(int(5))': 'text', 'int(5)': 'number', 'user(5)': 'other' })
    expect(readSession(bytes).entries.map(([key]) => key!.value)).toEqual(['int(5)', 5, 'user(5)'])
    expect(await decode(bytes)).toEqual({ 'string(int(5))': 'text', 'int(5)': 'number', 'user(5)': 'other' })
  })

  it('__proto__ is one like all others', async () => {
    const withProto = (value: unknown, more: Data): Data =>
      Object.defineProperty(Object.assign(Object.create(null) as Data, more), '__proto__', { value, enumerable: true })
    const data = withProto('top', { k: withProto('inside', {}) })
    const back = await decode(encode(data))
    expect(Object.keys(back).sort()).toEqual(['__proto__', 'k'])
    expect(Object.keys(back.k as object)).toEqual(['__proto__'])
  })

  it('of a nested map that are one number here and two in Go stay two', async () => {
    const twice = new Map<unknown, unknown>([
      [7, 'int'],
      [goInt64(7), 'int64'],
      [goFloat64(7), 'float64'],
    ])
    const before = encode({ m: twice })
    expect((await decode(before)).m).toEqual(
      new Map<unknown, unknown>([
        [7, 'int'],
        ['int64(7)', 'int64'],
        ['float64(7)', 'float64'],
      ]),
    )
    const after = await changed(before, ({ m }) => (m as Map<unknown, unknown>).set('int64(7)', 'changed'))
    const [[, held]] = readSession(after).entries as unknown as [
      [unknown, { value: [{ name: string }, { value: string }][] }],
    ]
    expect(held.value.map(([key, value]) => [key.name, value.value])).toEqual([
      ['int', 'int'],
      ['int64', 'changed'],
      ['float64', 'float64'],
    ])
  })
})

describe('what Beego could not save again', () => {
  it('is never written: null at the top is left out', async () => {
    expect(await decode(encode({ gone: null, none: undefined, k: 1 }))).toEqual({ k: 1 })
    expect(await decode(encode({ k: [null, { a: null, b: undefined }] }))).toEqual({ k: [null, { a: null }] })
  })
})

describe('strings that are not UTF-8', () => {
  const raw = new Uint8Array([0x61, 0xff])
  const before = (() => {
    const bytes = encode({ k: 'a?', l: ['a?'] })
    return new Uint8Array(Array.from(bytes, (byte, i) => (byte === 0x3f && bytes[i - 1] === 0x61 ? 0xff : byte)))
  })()

  it('are readable, and written as they were', async () => {
    expect(await decode(before)).toEqual({ k: 'a\ufffd', l: ['a\ufffd'] })
    const after = await changed(before, data => {
      data.other = 1
      ;(data.l as string[]).push('b')
    })
    const [[, k], [, l]] = readSession(after).entries as unknown as [
      [unknown, { value: unknown }],
      [unknown, { value: { value: unknown }[] }],
    ]
    expect([k.value, l.value[0]!.value]).toEqual([raw, raw])
  })
})

describe('an empty session', () => {
  it('is no bytes, as Beego stores it, or a map without entries', async () => {
    expect(await decode(new Uint8Array())).toEqual({})
    expect(await decode(encode({}))).toEqual({})
    expect(encode({}).length).toBe(19)
    expect(encode({}, new Uint8Array()).length).toBe(0)
    expect(await decode(encode({ k: 1 }, new Uint8Array()))).toEqual({ k: 1 })
  })
})

describe('gobCodec', () => {
  it('refuses unknown options, and text', async () => {
    expect(() => gobCodec({ date: true } as never)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_OPTION' }))
    expect(() => codec.decode('{}', at)).toThrow(expect.objectContaining({ code: 'ERR_RECORD_MALFORMED' }))
  })

  it('gives values of its own: what is changed in place never changes the stored bytes', async () => {
    const before = Buffer.from(stored('bytes'))
    const { token } = (await decode(before)) as { token: Uint8Array }
    token.fill(0)
    expect(before).toEqual(stored('bytes'))
    expect(Object.getPrototypeOf(token)).toBe(Uint8Array.prototype)
  })
})
