import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { equalInConstantTime } from './equal-in-constant-time.ts'

describe('equalInConstantTime', () => {
  it('agrees with ===', () => {
    const text = fc.string({ unit: 'binary', maxLength: 6 })
    fc.assert(
      fc.property(text, text, (left, right) => {
        expect(equalInConstantTime(left, right)).toBe(left === right)
        expect(equalInConstantTime(left, `${left}`)).toBe(true)
      }),
    )
  })

  it('notices a difference in any one place', () => {
    const text = 'a'.repeat(43)
    for (let at = 0; at < text.length; at++) {
      expect(equalInConstantTime(text, `${text.slice(0, at)}b${text.slice(at + 1)}`), `at ${at}`).toBe(false)
    }
  })

  it('takes neither the beginning of a text nor nothing for the text', () => {
    expect(equalInConstantTime('abc', 'ab')).toBe(false)
    expect(equalInConstantTime('', 'a')).toBe(false)
  })
})
