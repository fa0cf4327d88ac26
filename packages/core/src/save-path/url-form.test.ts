import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { looksLikeUrl, parseUrlForm } from './url-form.ts'

const sentinels = [{ host: 'a', port: 26379 }]
const nodes = [{ host: 'a', port: 6379 }]
const common = { poolSize: 100, db: 0, tls: false }
const sentinel = { ...common, topology: 'sentinel', sentinels, masterName: 'mymaster' }
const standalone = { ...common, topology: 'standalone', nodes }

describe('the URL form', () => {
  it.each<[title: string, text: string, expected: object]>([
    ['Sentinel', 'redis+sentinel://a', sentinel],
    ['Sentinel, with TLS to the data nodes', 'rediss+sentinel://a', { ...sentinel, tls: true }],
    ['a single server', 'redis://a', standalone],
    ['a single server with TLS', 'rediss://a', { ...standalone, tls: true }],
    ['a cluster', 'redis+cluster://a', { ...common, topology: 'cluster', nodes }],
    ['a cluster with TLS', 'rediss+cluster://a', { ...common, topology: 'cluster', nodes, tls: true }],
    ['a scheme in any case', 'REDISS+Sentinel://a', { ...sentinel, tls: true }],
    ['a slash and nothing behind it', 'redis://a/', standalone],
    ['a question mark and nothing behind it', 'redis://a?', standalone],
    ['several hosts', 'redis+sentinel://a,b:1', { ...sentinel, sentinels: [...sentinels, { host: 'b', port: 1 }] }],
    ['IPv6', 'redis://[::1]:5', { ...standalone, nodes: [{ host: '::1', port: 5 }] }],
    ['user and password', 'redis://app:pw@a', { ...standalone, username: 'app', password: 'pw' }],
    ['a password alone', 'redis://:pw@a', { ...standalone, password: 'pw' }],
    ['percent-encoding', 'redis://%C3%A4:%40%2F%25%2C@a', { ...standalone, username: 'ä', password: '@/%,' }],
    ['a plus as a plus in a password', 'redis://:p+w@a', { ...standalone, password: 'p+w' }],
    ['@ and : in a password', 'redis://:p@s:s@a', { ...standalone, password: 'p@s:s' }],
    ['a db as path', 'redis://a/3', { ...standalone, db: 3 }],
    ['a db as parameter', 'redis://a?db=3', { ...standalone, db: 3 }],
    ['a db behind a slash', 'redis://a/?db=3', { ...standalone, db: 3 }],
    ['database 0 of a cluster', 'redis+cluster://a/0', { ...common, topology: 'cluster', nodes }],
    ['a master name', 'redis+sentinel://a?master=main', { ...sentinel, masterName: 'main' }],
    ['a master name, encoded', 'redis+sentinel://a?master=m%26n%40', { ...sentinel, masterName: 'm&n@' }],
    ['an empty master name', 'redis+sentinel://a?master=', sentinel],
    ['a pool size', 'redis://a?poolSize=7', { ...standalone, poolSize: 7 }],
    [
      'all of it',
      'rediss+sentinel://app:p%40w@a:26379,b:1/3?master=main&poolSize=7',
      {
        topology: 'sentinel',
        sentinels: [...sentinels, { host: 'b', port: 1 }],
        masterName: 'main',
        username: 'app',
        password: 'p@w',
        db: 3,
        poolSize: 7,
        tls: true,
      },
    ],
  ])('takes %s', (_, text, expected) => expect(parseUrlForm(text)).toEqual(expected))

  it.each<[title: string, text: string, field: string]>([
    ['another scheme', 'http://canary', 'scheme'],
    ['a scheme that nearly fits', 'redis+sentinels://a', 'scheme'],
    ['a password with a bare /', 'redis://:canary/x@a', 'password'],
    ['a password with a bare ?', 'redis://:x?canary=1@a', 'password'],
    ['a password with a bare #', 'redis://:x#canary@a', 'password'],
    ['a password with a stray %', 'redis://:canary%zz@a', 'password'],
    ['a user with a stray %', 'redis://%:canary@a', 'user'],
    ['a user without a password', 'redis://app@a', 'password'],
    ['a user with an empty password', 'redis://app:@a', 'password'],
    ['credentials that are empty', 'redis://@a', 'password'],
    ['a db that is no number', 'redis://a/canary', 'db'],
    ['a db that is negative', 'redis://a/-1', 'db'],
    ['a db that is empty', 'redis://a?db=', 'db'],
    ['a longer path', 'redis://a/0/1', 'db'],
    ['a db in both places', 'redis://a/3?db=3', 'db'],
    ['another database of a cluster', 'redis+cluster://a/3', 'db'],
    ['a pool of none', 'redis://a?poolSize=0', 'poolSize'],
    ['a pool size that is no number', 'redis://a?poolSize=many', 'poolSize'],
    ['a master name for a single server', 'redis://a?master=main', 'master'],
    ['a master name for a cluster', 'redis+cluster://a?master=main', 'master'],
    ['an unknown parameter', 'redis://a?pool=7', 'pool'],
    ['a parameter in another case', 'redis://a?poolsize=7', 'poolsize'],
    ['a parameter whose name is no word', 'redis://a?%20=7', 'query'],
    ['a parameter with a long name', `redis://a?${'x'.repeat(41)}=7`, 'query'],
    ['a parameter of the prototype', 'redis://a?constructor=7', 'constructor'],
    ['a parameter twice', 'redis://a?db=1&db=1', 'db'],
    ['a fragment', 'redis://a#b', 'fragment'],
  ])('refuses %s', (_, text, field) => {
    expect(() => parseUrlForm(text)).toThrow(
      expect.objectContaining({ code: 'ERR_SAVE_PATH_URL', field, message: expect.not.stringContaining('canary') }),
    )
  })

  it.each([
    'redis://',
    'redis:///0',
    'redis://:pw@',
    'redis://a b',
    'redis://a:0',
    'redis://a,b',
    'redis+sentinel://,',
  ])('refuses the hosts of %s', text => {
    expect(() => parseUrlForm(text)).toThrow(expect.objectContaining({ code: 'ERR_SAVE_PATH_FIELD', field: 'addr' }))
  })

  it('reads back what was written', () => {
    const word = fc.string({ minLength: 1, unit: 'grapheme' })
    const credentials = fc.option(fc.record({ username: word, password: word }), { nil: undefined })
    const place = fc.record({
      db: fc.nat(15),
      poolSize: fc.integer({ min: 1, max: 10_000 }),
      masterName: word,
      tls: fc.boolean(),
    })
    fc.assert(
      fc.property(credentials, place, (login, { db, poolSize, masterName, tls }) => {
        const userinfo = login && `${encodeURIComponent(login.username)}:${encodeURIComponent(login.password)}@`
        const text = `redis${tls ? 's' : ''}+sentinel://${userinfo ?? ''}a/${db}?${new URLSearchParams({
          master: masterName,
          poolSize: String(poolSize),
        })}`
        expect(parseUrlForm(text)).toEqual({ ...sentinel, ...login, db, poolSize, masterName, tls })
      }),
    )
  })
})

describe('looksLikeUrl', () => {
  it.each(['redis://a', 'redis+sentinel://', 'x://', 'A1.b-c+d://x'])('says yes to %s', text => {
    expect(looksLikeUrl(text)).toBe(true)
  })

  it.each(['a', 'a:1,100,x://y', '10.0.0.1://', '://', 'a;b://c', '[::1]://', 'redis:/a'])('says no to %s', text => {
    expect(looksLikeUrl(text)).toBe(false)
  })
})
