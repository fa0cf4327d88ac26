import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseGoDuration } from './go-duration.ts'

describe('parseGoDuration', () => {
  it.each<[string, number]>([
    ['0', 0],
    ['-0', 0],
    ['+0', 0],
    ['0s', 0],
    ['-0s', 0],
    ['3m', 180_000],
    ['1h30m', 5_400_000],
    ['250ms', 250],
    ['1.5s', 1500],
    ['.5s', 500],
    ['1.s', 1000],
    ['1s1h', 3_601_000],
    ['1h1m1s1ms', 3_661_001],
    ['-1s', -1000],
    ['-1m30s', -90_000],
    ['+1m', 60_000],
    ['1us', 0.001],
    ['1\u00b5s', 0.001],
    ['1\u03bcs', 0.001],
    ['1000000ns', 1],
    ['2540400h', 9_145_440_000_000],
  ])('reads %s', (text, ms) => expect(parseGoDuration(text)).toBeCloseTo(ms, 9))

  it.each([
    '',
    '-',
    '+',
    '.',
    '.s',
    's',
    '3',
    '-3',
    '00',
    '1d',
    '1H',
    '1 s',
    ' 1s',
    '1s ',
    '1s\n',
    '1h30',
    '1..5s',
    '1.5.5s',
    '--1s',
    '1h-30m',
    '1e3s',
    '1x',
    'soon',
    '2562048h',
    `${'9'.repeat(400)}h`,
  ])('refuses %j, as Go does', text => expect(parseGoDuration(text)).toBeUndefined())

  it('adds up any row of parts', () => {
    const unit = fc.constantFrom(['h', 3_600_000], ['m', 60_000], ['s', 1000], ['ms', 1])
    const part = fc.tuple(fc.nat({ max: 1000 }), unit).map(([count, [name, ms]]) => ({
      text: `${count}${name}`,
      ms: count * Number(ms),
    }))
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), parts => {
        const text = parts.map(({ text }) => text).join('')
        const sum = parts.reduce((total, { ms }) => total + ms, 0)
        expect(parseGoDuration(text)).toBe(sum)
        expect(parseGoDuration(`-${text}`)).toBe(0 - sum)
      }),
    )
  })
})
