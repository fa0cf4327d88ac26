import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findCookie } from './parse-cookie.ts'

const name = '__Host-sid'
const NBSP = '\u00a0'

describe('findCookie', () => {
  it.each([
    ['alone', '__Host-sid=abc', { value: 'abc' }],
    ['first', '__Host-sid=abc; a=b', { value: 'abc' }],
    ['last', 'a=b; __Host-sid=abc', { value: 'abc' }],
    ['between', 'a=b; __Host-sid=abc; c=d', { value: 'abc' }],
    ['without a space', 'a=b;__Host-sid=abc;c=d', { value: 'abc' }],
    ['with spaces and tabs around', ' \t __Host-sid=abc \t ; a=b', { value: 'abc' }],
    ['before an empty pair', '__Host-sid=abc;', { value: 'abc' }],
    ['among empty pairs', ';;;; ;__Host-sid=abc;;', { value: 'abc' }],
    ['with = in the value', '__Host-sid=a=b==', { value: 'a=b==' }],
    ['beside a quote that never ends', 'a="; __Host-sid=abc', { value: 'abc' }],
    ['beside bytes that are not ASCII', 'a=\u00ff\u0000; __Host-sid=abc', { value: 'abc' }],
    ['no header', undefined, { reason: 'none' }],
    ['an empty header', '', { reason: 'none' }],
    ['another cookie', 'sid=abc', { reason: 'none' }],
    ['the name alone', '__Host-sid', { reason: 'none' }],
    ['the name as a value', 'a=__Host-sid=abc', { reason: 'none' }],
    ['the name without its end', '__Host-si=abc', { reason: 'none' }],
    ['the name and more', '__Host-sid2=abc', { reason: 'none' }],
    ['more and the name', 'x__Host-sid=abc', { reason: 'none' }],
    ['other letters', '__HOST-SID=abc; __host-sid=abc', { reason: 'none' }],
    ['an encoded name', '%5f%5fHost-sid=abc', { reason: 'none' }],
    ['a space before =', '__Host-sid =abc', { reason: 'none' }],
    ['U+00A0 before the name', `${NBSP}__Host-sid=abc`, { reason: 'none' }],
    ['U+00A0 before the name of a second', `a=b; ${NBSP}__Host-sid=abc`, { reason: 'none' }],
    ['a vertical tab before the name', '\u000b__Host-sid=abc', { reason: 'none' }],
    ['two', '__Host-sid=abc; __Host-sid=def', { reason: 'duplicate' }],
    ['two with one value', '__Host-sid=abc; __Host-sid=abc', { reason: 'duplicate' }],
    ['two, one malformed', '__Host-sid="abc"; a=b; __Host-sid=abc', { reason: 'duplicate' }],
    ['two, one empty', '__Host-sid=; __Host-sid=abc', { reason: 'duplicate' }],
    ['no value', '__Host-sid=', { reason: 'malformed' }],
    ['spaces for a value', '__Host-sid=  ', { reason: 'malformed' }],
    ['a quoted value', '__Host-sid="abc"', { reason: 'malformed' }],
    ['half a quote', '__Host-sid="abc', { reason: 'malformed' }],
    ['a space in the value', '__Host-sid=a bc', { reason: 'malformed' }],
    ['a space before the value', '__Host-sid= abc', { reason: 'malformed' }],
    ['a comma', '__Host-sid=abc,def', { reason: 'malformed' }],
    ['a backslash', '__Host-sid=ab\\c', { reason: 'malformed' }],
    ['U+00A0 after the value', `__Host-sid=abc${NBSP}`, { reason: 'malformed' }],
    ['a line end', '__Host-sid=abc\r\nx', { reason: 'malformed' }],
    ['a line end after the value', '__Host-sid=abc\n', { reason: 'malformed' }],
    ['NUL', '__Host-sid=abc\0', { reason: 'malformed' }],
    ['a value longer than browsers keep', `__Host-sid=${'a'.repeat(4_087)}`, { reason: 'malformed' }],
    ['the longest value that browsers keep', `__Host-sid=${'a'.repeat(4_086)}`, { value: 'a'.repeat(4_086) }],
    ['a header over 16 KiB', `__Host-sid=abc; a=${'b'.repeat(16_384)}`, { reason: 'malformed' }],
  ])('%s', (_, header, result) => {
    expect(findCookie(header, name)).toEqual(result)
  })

  it('takes a name apart from the names of objects', () => {
    expect(findCookie('__proto__=x; constructor=y', 'constructor')).toEqual({ value: 'y' })
    expect(findCookie('a=b', 'toString')).toEqual({ reason: 'none' })
  })

  it('answers any header, and never throws', () => {
    const piece = fc.constantFrom('__Host-sid', '=', ';', ' ', '"', '\t', 'abc', NBSP, '\0', '__host-sid')
    const header = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece).map(pieces => pieces.join('')),
    )
    fc.assert(
      fc.property(header, text => {
        const found = findCookie(text, name)
        if ('value' in found) expect(text).toContain(`${name}=${found.value}`)
        else expect(['none', 'duplicate', 'malformed']).toContain(found.reason)
      }),
      { numRuns: 2_000 },
    )
  })

  it('finds what a browser would send', () => {
    const token = fc.stringMatching(/^[a-z_-]{1,8}$/)
    const value = fc.stringMatching(/^[\w.%=-]{1,20}$/)
    fc.assert(
      fc.property(fc.dictionary(token, value), value, fc.nat(), (others, own, place) => {
        const pairs = Object.entries(others).map(pair => pair.join('='))
        pairs.splice(place % (pairs.length + 1), 0, `${name}=${own}`)
        expect(findCookie(pairs.join('; '), name)).toEqual({ value: own })
      }),
    )
  })

  it.each([
    ['1 MiB', 'a'.repeat(2 ** 20)],
    ['100,000 pairs', 'a=b; '.repeat(100_000)],
    ['as many pairs as fit', ';'.repeat(16_384)],
    ['as many near misses as fit', '__Host-sid;'.repeat(1_489)],
    ['nothing but spaces', ' '.repeat(16_384)],
    ['a value of spaces', `__Host-sid=${' '.repeat(16_000)}`],
  ])('is done with %s, a thousand times over', (_, header) => {
    // Anything worse than linear would take minutes here, and fail by the time limit of the test.
    for (let i = 0; i < 1000; i++) expect(findCookie(header, name)).toBeDefined()
  })
})
