import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSessionError } from '../errors.ts'
import { type CookieOptions, resolveSessionCookie } from './session-cookie.ts'

const sid = 'abcdefghijABCDEFGHIJ0123456789-_abcdefghijk'
const keys = ['k'.repeat(32), 'o'.repeat(32)] as const

describe('the default cookie', () => {
  const cookie = resolveSessionCookie({})

  it('is the one that browsers guard best, and names no product', () => {
    expect(cookie.set(sid)).toBe(`__Host-sid=${sid}; Path=/; HttpOnly; Secure; SameSite=Lax`)
    expect(cookie.name).toBe('__Host-sid')
    expect(cookie.secure).toBe(true)
  })

  it('is cleared with the attributes that it was set with', () => {
    expect(cookie.clear()).toBe(
      '__Host-sid=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; HttpOnly; Secure; SameSite=Lax',
    )
  })

  it('cannot be changed once made', () => {
    expect(Object.isFrozen(cookie)).toBe(true)
    const options: CookieOptions = { path: '/app' }
    const own = resolveSessionCookie(options)
    options.path = '/other'
    expect(own.set(sid)).toContain('Path=/app')
  })
})

/** What browsers keep is written exactly so; everything else throws at construction and names the option. */
describe('every combination', () => {
  const host = 'Path=/; HttpOnly; Secure; SameSite=Lax'
  const good: [CookieOptions, string][] = [
    [{}, `__Host-sid=v; ${host}`],
    [{ secure: true }, `__Host-sid=v; ${host}`],
    [{ path: '/' }, `__Host-sid=v; ${host}`],
    [{ secure: false }, 'sid=v; Path=/; HttpOnly; SameSite=Lax'],
    [{ secure: false, path: '/a' }, 'sid=v; Path=/a; HttpOnly; SameSite=Lax'],
    [{ path: '/app' }, 'sid=v; Path=/app; HttpOnly; Secure; SameSite=Lax'],
    [{ domain: 'example.com' }, 'sid=v; Path=/; Domain=example.com; HttpOnly; Secure; SameSite=Lax'],
    [{ domain: 'localhost', secure: false }, 'sid=v; Path=/; Domain=localhost; HttpOnly; SameSite=Lax'],
    [{ domain: 'EXAMPLE.com', path: '/x' }, 'sid=v; Path=/x; Domain=EXAMPLE.com; HttpOnly; Secure; SameSite=Lax'],
    [{ name: 'sid' }, `sid=v; ${host}`],
    [{ name: 'my.app~1' }, `my.app~1=v; ${host}`],
    [{ name: '__Host-x' }, `__Host-x=v; ${host}`],
    [{ name: '__Host-x', path: '/' }, `__Host-x=v; ${host}`],
    [{ name: '__Secure-x' }, `__Secure-x=v; ${host}`],
    [{ name: '__Secure-x', path: '/a' }, '__Secure-x=v; Path=/a; HttpOnly; Secure; SameSite=Lax'],
    [{ name: '__Secure-x', domain: 'a.b' }, '__Secure-x=v; Path=/; Domain=a.b; HttpOnly; Secure; SameSite=Lax'],
    [{ name: '__Host' }, `__Host=v; ${host}`],
    [{ name: '_Host-x', secure: false }, '_Host-x=v; Path=/; HttpOnly; SameSite=Lax'],
    [{ httpOnly: false }, '__Host-sid=v; Path=/; Secure; SameSite=Lax'],
    [{ httpOnly: false, secure: false }, 'sid=v; Path=/; SameSite=Lax'],
    [{ sameSite: 'strict' }, '__Host-sid=v; Path=/; HttpOnly; Secure; SameSite=Strict'],
    [{ sameSite: 'none' }, '__Host-sid=v; Path=/; HttpOnly; Secure; SameSite=None'],
    [{ sameSite: 'strict', secure: false }, 'sid=v; Path=/; HttpOnly; SameSite=Strict'],
    [{ partitioned: true }, `__Host-sid=v; ${host}; Partitioned`],
    [{ partitioned: true, sameSite: 'none' }, '__Host-sid=v; Path=/; HttpOnly; Secure; SameSite=None; Partitioned'],
    [{ partitioned: false, secure: false }, 'sid=v; Path=/; HttpOnly; SameSite=Lax'],
    [{ priority: 'high' }, `__Host-sid=v; ${host}; Priority=High`],
    [{ priority: 'low', partitioned: true }, `__Host-sid=v; ${host}; Partitioned; Priority=Low`],
    [{ priority: 'medium' }, `__Host-sid=v; ${host}; Priority=Medium`],
    [{ lifetime: 'browser' }, `__Host-sid=v; ${host}`],
    [{ lifetime: 3_600 }, `__Host-sid=v; Max-Age=3600; ${host}`],
    [{ lifetime: '30d' }, `__Host-sid=v; Max-Age=2592000; ${host}`],
    [{ lifetime: '1500ms' }, `__Host-sid=v; Max-Age=1; ${host}`],
    [{ lifetime: '1ms' }, `__Host-sid=v; Max-Age=1; ${host}`],
    [{ lifetime: '900d' }, `__Host-sid=v; Max-Age=34560000; ${host}`],
  ]

  it.each(good)('%j is written exactly', (options, text) => {
    expect(resolveSessionCookie(options).set('v')).toBe(text)
    expect(Object.isFrozen(resolveSessionCookie(options))).toBe(true)
  })

  const bad: [object, string, string?][] = [
    [{ name: '__Host-x', domain: 'example.com' }, 'cookie.domain'],
    [{ name: '__Host-x', path: '/a' }, 'cookie.path'],
    [{ name: '__Host-x', secure: false }, 'cookie.secure'],
    [{ name: '__Host-x', secure: false, domain: 'a.b', path: '/c' }, 'cookie.secure'],
    [{ name: '__Host-sid', secure: false }, 'cookie.secure'],
    [{ name: '__Secure-x', secure: false }, 'cookie.secure'],
    [{ name: '__host-x' }, 'cookie.name'],
    [{ name: '__HOST-x' }, 'cookie.name'],
    [{ name: '__hOst-x', secure: false }, 'cookie.name'],
    [{ name: '__secure-x' }, 'cookie.name'],
    [{ name: '__SECURE-x', secure: false }, 'cookie.name'],
    [{ sameSite: 'none', secure: false }, 'cookie.sameSite'],
    [{ partitioned: true, secure: false }, 'cookie.partitioned'],
    [{ partitioned: true, sameSite: 'none', secure: false }, 'cookie.sameSite'],
    [{ name: '' }, 'cookie.name'],
    [{ name: 'a b' }, 'cookie.name'],
    [{ name: 'a=b' }, 'cookie.name'],
    [{ name: 'a;b' }, 'cookie.name'],
    [{ name: 'a\r\nb' }, 'cookie.name'],
    [{ name: 'sid\n' }, 'cookie.name'],
    [{ name: 'sïd' }, 'cookie.name'],
    [{ name: '"sid"' }, 'cookie.name'],
    [{ name: 'n'.repeat(4_000) }, 'cookie.name'],
    [{ name: 'n'.repeat(4_097) }, 'cookie.name'],
    [{ name: 5 }, 'cookie.name'],
    [{ name: null }, 'cookie.name'],
    [{ path: '' }, 'cookie.path'],
    [{ path: 'a' }, 'cookie.path'],
    [{ path: '/a; Secure' }, 'cookie.path'],
    [{ path: '/a\n' }, 'cookie.path'],
    [{ path: '/é' }, 'cookie.path'],
    [{ path: null }, 'cookie.path'],
    [{ domain: '' }, 'cookie.domain'],
    [{ domain: '.example.com' }, 'cookie.domain'],
    [{ domain: 'a.b; Path=/' }, 'cookie.domain'],
    [{ domain: 'ex ample.com' }, 'cookie.domain'],
    [{ domain: true }, 'cookie.domain'],
    [{ secure: 'auto' }, 'cookie.secure'],
    [{ secure: null }, 'cookie.secure'],
    [{ httpOnly: 1 }, 'cookie.httpOnly'],
    [{ partitioned: 'yes' }, 'cookie.partitioned'],
    [{ sameSite: 'Lax' }, 'cookie.sameSite'],
    [{ sameSite: true }, 'cookie.sameSite'],
    [{ priority: 'High' }, 'cookie.priority'],
    [{ priority: null }, 'cookie.priority'],
    [{ lifetime: 'session' }, 'cookie.lifetime', 'ERR_CONFIG_DURATION'],
    [{ lifetime: 0 }, 'cookie.lifetime', 'ERR_CONFIG_DURATION'],
    [{ lifetime: -1 }, 'cookie.lifetime', 'ERR_CONFIG_DURATION'],
    [{ lifetime: null }, 'cookie.lifetime', 'ERR_CONFIG_DURATION'],
    [{ keys: [] }, 'cookie.keys', 'ERR_CONFIG_KEYS'],
    [{ keys: ['short'] }, 'cookie.keys', 'ERR_CONFIG_KEYS'],
    [{ keys: 'k'.repeat(32) }, 'cookie.keys', 'ERR_CONFIG_KEYS'],
    [{ maxAge: 60 }, 'cookie.maxAge', 'ERR_CONFIG_OPTION'],
    [{ secret: 'x' }, 'cookie.secret', 'ERR_CONFIG_OPTION'],
    [{ samesite: 'lax' }, 'cookie.samesite', 'ERR_CONFIG_OPTION'],
    [JSON.parse('{"__proto__": {}}'), 'cookie.__proto__', 'ERR_CONFIG_OPTION'],
  ]

  it.each(bad)('%j throws', (options, field, code = 'ERR_CONFIG_COOKIE') => {
    expect(() => resolveSessionCookie(options as CookieOptions)).toThrow(expect.objectContaining({ code, field }))
  })

  it.each([null, 'sid', 5])('%j is no object of options', options => {
    const refused = expect.objectContaining({ code: 'ERR_CONFIG_COOKIE', field: 'cookie' })
    expect(() => resolveSessionCookie(options as unknown as CookieOptions)).toThrow(refused)
  })

  it('takes an option that is undefined for one that was left out', () => {
    const names = [
      'name',
      'secure',
      'lifetime',
      'path',
      'domain',
      'httpOnly',
      'sameSite',
      'partitioned',
      'priority',
      'keys',
    ]
    const options = Object.fromEntries(names.map(name => [name, undefined])) as CookieOptions
    expect(resolveSessionCookie(options).set(sid)).toBe(resolveSessionCookie({}).set(sid))
  })
})

describe('lifetime', () => {
  it("follows the idle deadline with 'rolling', within 400 days", () => {
    const { set } = resolveSessionCookie({ lifetime: 'rolling' })
    expect(set(sid, 1_800_000)).toContain('; Max-Age=1800;')
    expect(set(sid, 999)).toContain('; Max-Age=1;')
    expect(set(sid, Number.MAX_SAFE_INTEGER)).toContain('; Max-Age=34560000;')
    expect(set(sid)).not.toContain('Max-Age')
  })

  it('does not follow it otherwise: such a cookie is not sent again when the deadline moves', () => {
    expect(resolveSessionCookie({ lifetime: '7d' }).set(sid, 60_000)).toContain('; Max-Age=604800;')
    expect(resolveSessionCookie({}).set(sid, 60_000)).not.toContain('Max-Age')
  })
})

describe('read', () => {
  const pair = (header: string): string => header.slice(0, header.indexOf(';'))

  it('returns what was set', () => {
    for (const options of [{}, { secure: false }, { keys }, { name: 'a!b', keys }] as CookieOptions[]) {
      const cookie = resolveSessionCookie(options)
      expect(cookie.read(`x=y; ${pair(cookie.set(sid))}; z=1`)).toEqual({ sid, outdated: false })
    }
  })

  it('leaves the form of the sid to the layout', () => {
    expect(resolveSessionCookie({}).read('__Host-sid=short')).toEqual({ sid: 'short', outdated: false })
  })

  it('tells why there is none', () => {
    const { read } = resolveSessionCookie({ keys })
    expect(read(undefined)).toEqual({ reason: 'none' })
    expect(read('sid=abc')).toEqual({ reason: 'none' })
    expect(read('__Host-sid=a; __Host-sid=b')).toEqual({ reason: 'duplicate' })
    expect(read('__Host-sid="a"')).toEqual({ reason: 'malformed' })
    expect(read(`__Host-sid=${sid}`)).toEqual({ reason: 'signature' })
    expect(read(`__Host-sid=${sid}.${'A'.repeat(43)}`)).toEqual({ reason: 'signature' })
  })

  it('says when a cookie is to be signed anew', () => {
    const old = pair(resolveSessionCookie({ keys: [keys[1]] }).set(sid))
    expect(resolveSessionCookie({ keys }).read(old)).toEqual({ sid, outdated: true })
    expect(resolveSessionCookie({ keys: [keys[0]] }).read(old)).toEqual({ reason: 'signature' })
  })

  it('reads a cleared cookie as none that is good', () => {
    const { read, clear } = resolveSessionCookie({})
    expect(read(pair(clear()))).toEqual({ reason: 'malformed' })
  })

  it('answers any header, and never throws', () => {
    const plain = resolveSessionCookie({})
    const signed = resolveSessionCookie({ keys })
    const near = fc.stringMatching(/^[\w.-]{0,100}$/).map(value => `__Host-sid=${value}`)
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), near), header => {
        const reading = plain.read(header)
        if ('sid' in reading) expect(header).toContain(reading.sid)
        expect(signed.read(header)).toHaveProperty('reason')
      }),
    )
  })
})

describe('set', () => {
  it('refuses a sid that would be more than a value', () => {
    const { set } = resolveSessionCookie({})
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        try {
          expect(set(text)).toBe(`__Host-sid=${text}; Path=/; HttpOnly; Secure; SameSite=Lax`)
          expect(text).toMatch(/^[!-~]+$/)
          expect(text).not.toMatch(/[";,\\]/)
        } catch (error) {
          if (!isSessionError(error, 'ERR_CONFIG_COOKIE')) throw error
        }
      }),
    )
    expect(() => set(`${sid}; Domain=evil.example`)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_COOKIE' }))
  })

  it('stays within 512 bytes, signed and with every attribute', () => {
    const everything: CookieOptions = {
      keys,
      lifetime: '400d',
      sameSite: 'none',
      partitioned: true,
      priority: 'medium',
    }
    expect(resolveSessionCookie(everything).set(sid).length).toBeLessThan(512)
  })
})
