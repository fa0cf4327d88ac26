import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromBase64url, isBase64url, toBase64url } from './base64url.ts'

describe('base64url', () => {
  it('agrees with the platform at every length from 0 to 300, both ways', () => {
    for (let length = 0; length <= 300; length++) {
      const bytes = randomBytes(length)
      const text = bytes.toString('base64url')
      expect(toBase64url(bytes), `${length}`).toBe(text)
      expect(Buffer.from(fromBase64url(text)), `${length}`).toEqual(bytes)
    }
  })

  it('carries bodies of many kilobytes', () => {
    const bytes = randomBytes(100_000)
    expect(toBase64url(bytes)).toBe(bytes.toString('base64url'))
    expect(Buffer.from(fromBase64url(toBase64url(bytes))).equals(bytes)).toBe(true)
  })

  it('reads nothing but the one text that it writes for those bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'AQgwZz09-_+/= é\u{1f600}'), maxLength: 6 }), text => {
        let bytes: Uint8Array
        try {
          bytes = fromBase64url(text)
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError)
          return
        }
        expect(toBase64url(bytes)).toBe(text)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each(['A', 'AAAAA', 'AB', 'AAB', 'AA==', 'A+A/', 'AA A', 'AA\n', 'ÀAAA'])('does not read %j', text => {
    expect(() => fromBase64url(text)).toThrow(SyntaxError)
  })

  it('reads a last character only if its unused bits are zero', () => {
    for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
      for (const text of [`_${last}`, `__${last}`]) {
        const isWritten = Buffer.from(text, 'base64url').toString('base64url') === text
        if (isWritten) expect(toBase64url(fromBase64url(text))).toBe(text)
        else expect(() => fromBase64url(text), text).toThrow(SyntaxError)
      }
    }
  })

  it('knows the alphabet', () => {
    for (let code = 0; code < 0x300; code++) {
      const letter = String.fromCharCode(code)
      expect(isBase64url(`A${letter}A`), `code ${code}`).toBe(/[\w-]/.test(letter))
    }
  })
})
