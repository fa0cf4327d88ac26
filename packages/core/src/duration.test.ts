import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Duration, parseDuration, toMs } from './duration.ts'
import { isSessionError } from './errors.ts'

describe('toMs', () => {
  it.each<[Duration, number]>([
    [1800, 1_800_000],
    [1, 1000],
    [0.5, 500],
    ['1ms', 1],
    ['500ms', 500],
    ['1s', 1000],
    ['1.5s', 1500],
    ['30m', 1_800_000],
    ['12h', 43_200_000],
    ['7d', 604_800_000],
    ['007s', 7000],
  ])('takes %s for %d ms', (duration, ms) => expect(toMs(duration, 'x')).toBe(ms))

  it.each<[string, Duration, number]>([
    ['a fraction of seconds that binary numbers cannot hold', 1.001, 1001],
    ['a fraction of an hour', '1.1h', 3_960_000],
    ['less than one', '0.1ms', 1],
    ['one and a half', '1.5ms', 2],
  ])('gives whole milliseconds: %s', (_, duration, ms) => expect(toMs(duration, 'x')).toBe(ms))

  it.each([
    0,
    -0,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1e300,
    '',
    '30',
    '0s',
    '-1s',
    '+1s',
    ' 1s',
    '1s\n',
    '30 m',
    '30M',
    '1h30m',
    '1e3s',
    '0x1s',
    '.5h',
    '1.h',
    '1w',
    '9999999999999999s',
    '999999999999999d',
    'soon',
    'Infinitys',
    'constructor',
    null,
    undefined,
    {},
    [1],
    1n,
    true,
    new Date(),
  ])('refuses %s, naming the field', duration => {
    expect(() => toMs(duration as Duration, 'timeouts.idle')).toThrow(
      expect.objectContaining({
        code: 'ERR_CONFIG_DURATION',
        field: 'timeouts.idle',
        message: expect.stringContaining('timeouts.idle'),
      }),
    )
  })

  it('gives the same for a number of seconds and for the text in any unit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), days => {
        const ms = days * 86_400_000
        const texts: Duration[] = [
          `${days}d`,
          `${days * 24}h`,
          `${days * 1440}m`,
          `${ms / 1000}s`,
          `${ms}ms`,
          ms / 1000,
        ]
        expect(texts.map(text => toMs(text, 'x'))).toEqual(texts.map(() => ms))
      }),
    )
  })
})

describe('parseDuration', () => {
  it.each<[string, Duration]>([
    ['30m', '30m'],
    ['1.5h', '1.5h'],
    ['1800', 1800],
    ['0.5', 0.5],
    [' 30m\r\n', '30m'],
    [' 1800 ', 1800],
  ])('takes %j', (text, duration) => expect(parseDuration(text)).toBe(duration))

  it.each(['', ' ', '0', '0s', '-1', '1e3', '0x10', '30 minutes', '9'.repeat(400), undefined, null, 5])(
    'refuses %j',
    text => {
      expect(() => parseDuration(text as string)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_DURATION' }))
    },
  )

  it('gives a duration that an option takes, or throws its own error, whatever the text', () => {
    const nearly = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^ ?[-+]?\d{0,20}(\.\d{0,12})?(ms|s|m|h|d|x)? ?$/),
    )
    fc.assert(
      fc.property(nearly, text => {
        try {
          const ms = toMs(parseDuration(text), 'x')
          expect(Number.isSafeInteger(ms) && ms >= 1).toBe(true)
        } catch (error) {
          expect(isSessionError(error, 'ERR_CONFIG_DURATION'), String(error)).toBe(true)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
