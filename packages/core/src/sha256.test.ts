import { createHash, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sha256, sha256From, sha256StateAfter } from './sha256.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const expected = (message: Uint8Array | string): string => createHash('sha256').update(message).digest('hex')

describe('sha256', () => {
  it('answers the examples of FIPS 180-4', () => {
    expect(hex(sha256(''))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect(hex(sha256('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    expect(hex(sha256('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'))).toBe(
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    )
    expect(hex(sha256('a'.repeat(1_000_000)))).toBe('cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0')
  })

  it('agrees with the platform at every length from 0 to 300', () => {
    for (let length = 0; length <= 300; length++) {
      const bytes = randomBytes(length)
      const text = 'x'.repeat(length)
      expect(hex(sha256(bytes)), `${length} bytes`).toBe(expected(bytes))
      expect(hex(sha256(text)), `${length} characters`).toBe(expected(text))
    }
  })

  it('hashes text as UTF-8, from the first character beyond ASCII on', () => {
    for (const text of [
      '\x7f',
      '\x80',
      'é',
      '\xff',
      'Ā',
      'a\u{1f600}',
      '\ud800',
      `${'a'.repeat(255)}é`,
      'é'.repeat(300),
    ]) {
      expect(hex(sha256(text)), text).toBe(expected(text))
    }
  })

  it('agrees with the platform on any bytes and any text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.string({ unit: 'binary', maxLength: 400 }), (bytes, text) => {
        expect(hex(sha256(bytes))).toBe(expected(bytes))
        expect(hex(sha256(text))).toBe(expected(text))
      }),
    )
  })

  it('gives each caller bytes of its own, and leaves the message alone', () => {
    const message = new Uint8Array(64).fill(7)
    const first = sha256(message)
    const copy = hex(first)
    sha256('something else')
    expect(hex(first)).toBe(copy)
    expect(message).toEqual(new Uint8Array(64).fill(7))
  })

  it('reads a view as the bytes that it shows', () => {
    const whole = randomBytes(300)
    expect(hex(sha256(whole.subarray(17, 155)))).toBe(expected(whole.subarray(17, 155)))
  })
})

describe('sha256From', () => {
  it('goes on from a state as if the block stood in front of the message', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), fc.uint8Array({ maxLength: 200 }), (block, rest) => {
        const whole = Buffer.concat([block, rest])
        const state = sha256StateAfter(block)
        expect(hex(sha256From(state, 64, rest))).toBe(expected(whole))
        expect(hex(sha256From(state, 64, rest)), 'again').toBe(expected(whole))
      }),
    )
  })
})
