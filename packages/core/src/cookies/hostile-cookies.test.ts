/** Cookie headers that somebody made to break us: signed, doubled, cut, and compared with a parser that is too simple to be wrong. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findCookie } from './parse-cookie.ts'
import { resolveSessionCookie } from './session-cookie.ts'

const name = '__Host-sid'
const keys = ['1'.repeat(32), '2'.repeat(32)] as const
const signed = resolveSessionCookie({ keys })
const sid = fc.stringMatching(/^[\w-]{43}$/)

const piece = fc.oneof(
  fc.constantFrom(
    `${name}=`,
    name,
    '=',
    ';',
    '; ',
    ',',
    ' ',
    '\t',
    '"',
    '\\',
    '.',
    '%3D',
    '\0',
    '\r\n',
    '\u00a0',
    '\ud800',
  ),
  fc.constantFrom('__proto__=x', 'constructor=', `${name.toUpperCase()}=a`, '%5f%5fHost-sid=a', 'A'.repeat(43)),
  fc.string({ unit: 'binary', maxLength: 4 }),
)
const soup = fc.array(piece, { maxLength: 12 }).map(pieces => pieces.join(''))

/** The rules of `findCookie`, one by one, as slow as they come. */
function simply(header: string): string | 'none' | 'duplicate' | 'malformed' {
  if (header.length > 16_384) return 'malformed'
  const own = header
    .split(';')
    .map(pair => pair.replace(/^[ \t]+/, ''))
    .filter(pair => pair.startsWith(`${name}=`))
    .map(pair => pair.slice(name.length + 1).replace(/[ \t]+$/, ''))
  if (own.length !== 1) return own.length === 0 ? 'none' : 'duplicate'
  const value = own[0]!
  const good = [...value].every(letter => letter > ' ' && letter <= '~' && !'",;\\'.includes(letter))
  return good && value !== '' && name.length + value.length <= 4096 ? value : 'malformed'
}

describe('findCookie', () => {
  it('agrees with a parser that only splits', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(
        fc.oneof(
          soup,
          fc.tuple(soup, sid, soup).map(([a, id, b]) => `${a};${name}=${id};${b}`),
        ),
        header => {
          const expected = simply(header)
          const reason = ['none', 'duplicate', 'malformed'].includes(expected)
          seen.add(reason ? expected : 'value')
          expect(findCookie(header, name)).toEqual(reason ? { reason: expected } : { value: expected })
        },
      ),
      { numRuns: 5_000 },
    )
    expect([...seen].sort()).toEqual(['duplicate', 'malformed', 'none', 'value'])
  })

  it('takes none of two or more, wherever they stand and whatever they hold', () => {
    const ours = fc
      .oneof(
        sid,
        soup.filter(text => !text.includes(';')),
      )
      .map(value => `${name}=${value}`)
    const others = fc.stringMatching(/^[a-z]{1,5}=[\w-]{0,9}$/)
    fc.assert(
      fc.property(fc.array(ours, { minLength: 2, maxLength: 9 }), fc.array(others), fc.gen(), (own, rest, gen) => {
        const pairs = [...own]
        for (const pair of rest) pairs.splice(gen(fc.nat, { max: pairs.length }), 0, pair)
        expect(findCookie(pairs.join('; '), name)).toEqual({ reason: 'duplicate' })
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('a signed cookie', () => {
  it('that was changed in any way opens the sid that was signed, or none', () => {
    let opened = 0
    fc.assert(
      fc.property(sid, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 3 }), piece), { maxLength: 3 }), (id, changes) => {
        let header = signed.set(id).split(';')[0]!
        for (const [place, cut, put] of changes) {
          const at = place % (header.length + 1)
          header = header.slice(0, at) + put + header.slice(at + cut)
        }
        const reading = signed.read(header)
        if ('sid' in reading) {
          opened += 1
          expect(reading).toEqual({ sid: id, outdated: false })
        } else expect(['none', 'duplicate', 'malformed', 'signature']).toContain(reading.reason)
      }),
      { numRuns: 3_000 },
    )
    // What is changed around it does it no harm.
    expect(opened).toBeGreaterThan(0)
  })

  it('made of halves of two good ones opens nothing', () => {
    fc.assert(
      fc.property(sid, sid, fc.nat({ max: 86 }), (one, two, cut) => {
        fc.pre(one !== two)
        const [first = '', second = ''] = [one, two].map(id => signed.set(id).split(';')[0])
        const at = name.length + 1 + cut
        const mixed = first.slice(0, at) + second.slice(at)
        fc.pre(mixed !== first && mixed !== second)
        expect(signed.read(mixed)).toEqual({ reason: 'signature' })
      }),
    )
  })
})
