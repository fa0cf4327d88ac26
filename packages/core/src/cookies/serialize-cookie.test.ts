import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSessionError } from '../errors.ts'
import { findCookie } from './parse-cookie.ts'
import { type CookieAttributes, serializeAttributes, serializeCookie, serializeMaxAge } from './serialize-cookie.ts'

const attributes: CookieAttributes = {
  path: '/',
  httpOnly: true,
  secure: true,
  sameSite: 'lax',
  partitioned: false,
}

/** The text, or undefined if it was refused. */
function serialized(name: string, value: string, more: Partial<CookieAttributes> = {}): string | undefined {
  try {
    return serializeCookie(name, value, serializeAttributes({ ...attributes, ...more }))
  } catch (error) {
    if (isSessionError(error, 'ERR_CONFIG_COOKIE')) return undefined
    throw error
  }
}

describe('serializeCookie', () => {
  it('writes what RFC 6265bis asks for', () => {
    expect(serialized('sid', 'abc')).toBe('sid=abc; Path=/; HttpOnly; Secure; SameSite=Lax')
    const everything = { path: '/app', domain: 'example.com', partitioned: true, priority: 'high' } as const
    expect(serialized('sid', 'abc', everything)).toBe(
      'sid=abc; Path=/app; Domain=example.com; HttpOnly; Secure; SameSite=Lax; Partitioned; Priority=High',
    )
    expect(serialized('sid', 'abc', { httpOnly: false, secure: false, sameSite: 'strict' })).toBe(
      'sid=abc; Path=/; SameSite=Strict',
    )
  })

  it('lets no byte, in any place, add or end an attribute', () => {
    for (let code = 0; code < 0x180; code++) {
      const letter = String.fromCharCode(code)
      for (const around of [`a${letter}b`, letter, `a${letter}`, `${letter}a`]) {
        const texts = [
          serialized(around, 'v'),
          serialized('n', around),
          serialized('n', 'v', { path: `/${around}` }),
          serialized('n', 'v', { domain: around }),
        ]
        const counts = [5, 5, 5, 6]
        texts.forEach((text, at) => {
          if (text === undefined) return
          expect(text.split(';'), `byte ${code}`).toHaveLength(counts[at]!)
          expect(text, `byte ${code}`).toMatch(/^[ -~]+$/)
        })
      }
    }
  })

  it('writes what reads back, or refuses', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[!-~]{1,12}$/))
    fc.assert(
      fc.property(text, text, (name, value) => {
        const header = serialized(name, value)
        if (header === undefined) return
        expect(findCookie(header.slice(0, header.indexOf(';')), name)).toEqual({ value })
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    ['an empty name', '', 'v', {}],
    ['an empty value', 'n', '', {}],
    ['a name that browsers would drop for its length', 'n'.repeat(4_096), 'v', {}],
    ['a path of its own making', 'n', 'v', { path: 'app' }],
    ['an empty path', 'n', 'v', { path: '' }],
    ['a path that browsers would not read to its end', 'n', 'v', { path: `/${'a'.repeat(1_024)}` }],
    ['an attribute in the path', 'n', 'v', { path: '/; Domain=evil.example' }],
    ['an attribute in the domain', 'n', 'v', { domain: 'a.example; Path=/x' }],
    ['a dot before the domain', 'n', 'v', { domain: '.example.com' }],
    ['a port in the domain', 'n', 'v', { domain: 'example.com:80' }],
    ['an empty domain', 'n', 'v', { domain: '' }],
  ])('refuses %s', (_, name, value, more) => {
    expect(serialized(name, value, more)).toBeUndefined()
  })
})

describe('serializeMaxAge', () => {
  it.each([
    [60_000, 60],
    [1_999, 1],
    [1, 1],
    [0, 1],
    [-5, 1],
    [Number.NaN, 1],
    [400 * 86_400_000, 34_560_000],
    [401 * 86_400_000, 34_560_000],
    [Number.POSITIVE_INFINITY, 34_560_000],
  ])('%d ms are %d s', (ms, seconds) => {
    expect(serializeMaxAge(ms)).toBe(`; Max-Age=${seconds}`)
  })
})
