import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseGoInt } from './go-int.ts'

describe('parseGoInt', () => {
  it.each<[string, number]>([
    ['0', 0],
    ['7', 7],
    ['+7', 7],
    ['-7', -7],
    ['-0', 0],
    ['007', 7],
    [`${'0'.repeat(30)}7`, 7],
  ])('reads %s', (text, value) => expect(parseGoInt(text)).toBe(value))

  it.each([
    '',
    ' 7',
    '7 ',
    '7\n',
    '--7',
    '+',
    '1.0',
    '1e3',
    '0x7',
    '1_000',
    '٧',
    'seven',
    '9007199254740993',
    '9'.repeat(400),
  ])('refuses %j', text => expect(parseGoInt(text)).toBeUndefined())

  it('reads every whole number that it can hold', () => {
    fc.assert(fc.property(fc.maxSafeInteger(), value => parseGoInt(String(value)) === value))
  })
})
