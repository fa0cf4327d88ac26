/** Stored bytes that are broken or hostile: an error or values, at once, and never much more memory than they have bytes. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isSessionError } from '@sentinel-session/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { vectors } from '../test/support/vectors.ts'
import { type Definition, INT, INTERFACE, STRING } from './gob/definition.ts'
import type { GobValue } from './gob/gob-value.ts'
import { readSession } from './gob/read-session.ts'
import { writeSession } from './gob/write-session.ts'
import { gobCodec } from './gob-codec.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const codec = gobCodec()
const at = { key: 'k', header: '' }
const decode = (bytes: Uint8Array) => codec.decode(bytes, at) as Record<string, unknown>

/** The message of the refusal, or undefined. All other errors are defects. */
function refusal(bytes: Uint8Array): string | undefined {
  try {
    decode(bytes)
    return undefined
  } catch (error) {
    if (isSessionError(error, 'ERR_RECORD_MALFORMED')) return error.message
    throw error
  }
}

const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'))

/** The definition of the root, and a value of it that goes on with these bytes. */
const root = '0d7f040102ff8000011001100000'
const session = (value: string): Uint8Array => {
  const body = fromHex(`ff80 00 ${value}`)
  return fromHex(`${root} ${Buffer.from([body.length]).toString('hex')} ${Buffer.from(body).toString('hex')}`)
}

/** One entry, `k`, of a type that is defined by the first definition. */
function one(definitions: readonly Definition[], value: GobValue): Uint8Array {
  const types = new Map<number, Definition>([[64, { kind: 'map', name: '', key: INTERFACE, elem: INTERFACE }]])
  for (const [i, definition] of definitions.entries()) types.set(65 + i, definition)
  const held = { name: 'main.T', type: 65, value }
  return writeSession({ root: 64, entries: [[{ name: 'string', type: STRING, value: 'k' }, held]], definitions: types })
}

const slice = (elem: number): Definition => ({ kind: 'slice', name: '', elem })
const many = <X>(count: number, item: X): X[] => new Array<X>(count).fill(item)

describe('bytes that are no session', () => {
  it.each([
    ['a message that is cut off', session('01').slice(0, -1), 'a message that is longer'],
    ['text', Buffer.from('{"a":1}'), 'a message that is longer'],
    ['a number of nine bytes', fromHex('f7000000000000000000'), 'more than eight bytes'],
    ['a value before its type', fromHex('04ff800000'), 'not a map'],
    ['a definition of a basic type', fromHex('040f040000'), 'a definition of a type that is not to be defined'],
    ['a definition twice', fromHex(`${root}${root}`), 'defined twice'],
    ['a definition of nothing', fromHex('037f0000'), 'a definition of no type'],
    ['a root without its zero', fromHex(`${root} 04 ff80 01 00`), 'without its zero'],
    ['a map of 2^31 entries', session('fc80000000'), 'a map that is longer'],
    ['a map of 2^63 entries', session('f88000000000000000'), 'a map that is longer'],
    ['a name longer than all', session('01 fc7fffffff'), 'a name that is longer'],
    ['a name that is no text', session('01 02ffff'), 'a name that is none'],
    ['an int that is a string', session(`01 03696e74 0c 02 00 00`), 'not what its name says'],
    ['an int8 of 200', session(`01 04696e7438 04 04 00 fe0190`), 'wider than its type'],
    ['a uint8 of 256', session(`01 0575696e7438 06 04 00 fe0100`), 'wider than its type'],
    ['a bool of 2', session(`01 04626f6f6c 02 02 00 02`), 'neither true nor false'],
    ['a []byte as a key', session(`01 075b5d75696e7438 0a 02 00 00`), 'a key that has no hash'],
    ['a type that was never defined', session(`01 036d2e54 ff82 02 00 00`), 'was not defined'],
    ['an interface in an interface', session(`01 036d2e54 10 02 00 00`), 'holds an interface'],
  ])('are refused: %s', (_, bytes, why) => {
    expect(refusal(bytes)).toContain(why)
  })

  it('are refused without a word of what is in them', () => {
    const secret = session(`01 06737472696e67 0c 09 00 07 63616e617279`)
    expect(refusal(secret)).toMatch(/^A stored session is not what Beego writes: .*, at byte \d+\./)
    expect(refusal(secret)).not.toContain('canary')
  })

  it('are refused where they are deeper than any data', () => {
    let deep: GobValue = []
    for (let level = 0; level < 199; level++) deep = [deep]
    expect(refusal(one([slice(65)], deep))).toContain('200 levels')
    expect(refusal(one([slice(65)], (deep as GobValue[])[0]!))).toBeUndefined()
    // One byte per level, and enough of them to exhaust any stack.
    const bottomless = fromHex('01'.repeat(100_000))
    const head = one([slice(65)], [])
    expect(refusal(Buffer.concat([head.subarray(0, -1), bottomless]))).toBeDefined()
  })
})

describe('what behind the session of Beego', () => {
  it('follows is passed over, as Beego does', () => {
    const { bytes } = vectors[0]!
    expect(decode(Buffer.concat([bytes, Buffer.from('more')]))).toEqual(decode(bytes))
  })
})

describe('any change of what Beego stored', () => {
  const vector = fc.constantFrom(...vectors.map(({ bytes }) => bytes))
  const edit = fc.record({
    where: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    remove: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    insert: fc.uint8Array({ maxLength: 4 }),
  })
  const mutated = fc.tuple(vector, fc.array(edit, { minLength: 1, maxLength: 3 })).map(([bytes, edits]) => {
    let changed = Buffer.from(bytes)
    // Without a length to remove it is written over: then most messages keep theirs.
    for (const { where, insert, remove = insert.length } of edits) {
      const start = Math.floor(where * changed.length)
      changed = Buffer.concat([changed.subarray(0, start), insert, changed.subarray(start + remove)])
    }
    return changed
  })

  it('gives an error or values, which are written again', () => {
    let read = 0
    fc.assert(
      fc.property(mutated, bytes => {
        if (refusal(bytes) !== undefined) return
        read += 1
        const values = decode(bytes)
        expect(codec.encode(values, { ...at, replaces: bytes })).toBe(bytes)
        const more = { ...values, 'added by us': 1 }
        const written = codec.encode(more, { ...at, replaces: bytes }) as Uint8Array
        const kept = Object.entries(more).filter(([, value]) => value !== null)
        expect(decode(written)).toEqual(Object.fromEntries(kept))
      }),
      { numRuns: 5000 },
    )
    expect(read).toBeGreaterThan(100)
  })

  it('by a cut gives an error, unless nothing is left', () => {
    for (const { bytes } of vectors) {
      for (let length = 1; length < bytes.length; length++) expect(refusal(bytes.subarray(0, length))).toBeDefined()
    }
  })
})

describe('memory', () => {
  /** What the README says. */
  const MULTIPLE = 128
  const ANY = 1_048_576

  const fields = Array.from({ length: 500 }, (_, i) => ({ name: `F${i}`, type: INT }))
  const count = 250_000
  it.each<[string, Uint8Array]>([
    ['nils', one([slice(INTERFACE)], many(count, null))],
    ['numbers', one([slice(INT)], many(count, 1))],
    ['lists in lists', one([slice(66), slice(INT)], many(count, []))],
    ['maps in lists', one([slice(66), { kind: 'map', name: '', key: STRING, elem: INT }], many(count, []))],
    ['maps of numbers', one([slice(66), { kind: 'map', name: '', key: INT, elem: INT }], many(count, []))],
    ['structs whose fields are left out', one([slice(66), { kind: 'struct', name: 'T', fields }], many(count, []))],
    ['structs without fields', one([slice(66), { kind: 'struct', name: 'T', fields: [] }], many(count, []))],
    ['pieces of bytes', one([slice(5)], many(count, new Uint8Array()))],
    [
      'values that encode themselves',
      one([slice(66), { kind: 'opaque', name: 'T', step: 5 }], many(count, new Uint8Array())),
    ],
    ['complex numbers', one([slice(7)], many(count, [0, 0]))],
    ['lists of one', one([slice(66), slice(INT)], many(count, [1]))],
    ['maps of one', one([slice(66), { kind: 'map', name: '', key: STRING, elem: INT }], many(count, [['k', 1]]))],
    ['maps of one number', one([slice(66), { kind: 'map', name: '', key: INT, elem: INT }], many(count, [[1, 1]]))],
    ['structs of one', one([slice(66), { kind: 'struct', name: 'T', fields: [fields[0]!] }], many(count, [[0, 1]]))],
    ['bytes', one([slice(5)], many(count, new Uint8Array(2)))],
    ['short strings', one([slice(STRING)], many(count, 'ab'))],
    [
      'entries',
      one(
        [{ kind: 'map', name: '', key: INT, elem: INT }],
        Array.from({ length: count }, (_, i) => [i, 0]),
      ),
    ],
    ['one struct', one([{ kind: 'struct', name: 'T', fields: many(30_000, fields[0]!) }], [])],
    ['big numbers', one([slice(INT)], many(count, 2n ** 60n))],
  ])(`is never more than ${MULTIPLE} times the input and 1 MiB, whatever it holds: %s`, (_, bytes) => {
    collect()
    const before = process.memoryUsage()
    let held: unknown
    try {
      // What is on the way to the values counts, too.
      const read = readSession(bytes)
      held = [read, decode(bytes)]
    } catch (error) {
      held = error
    }
    collect()
    const after = process.memoryUsage()
    const used = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers
    expect(held).toBeDefined()
    expect(used).toBeLessThan(bytes.length * MULTIPLE + ANY)
    if (process.env.SHOW) console.log(_, bytes.length, (used / bytes.length).toFixed(1), held instanceof Error)
  })
})
