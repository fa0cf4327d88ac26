import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAddress, parseAddresses } from './addresses.ts'

describe('parseAddress', () => {
  it.each<[string, string, number]>([
    ['10.0.0.1:6380', '10.0.0.1', 6380],
    ['10.0.0.1', '10.0.0.1', 26379],
    ['redis-1.example.com', 'redis-1.example.com', 26379],
    ['redis_1:1', 'redis_1', 1],
    ['réseau:65535', 'réseau', 65535],
    ['a:06379', 'a', 6379],
    ['[::1]', '::1', 26379],
    ['[::1]:5', '::1', 5],
    ['[2001:DB8::1]:5', '2001:DB8::1', 5],
    ['[::ffff:10.0.0.1]:5', '::ffff:10.0.0.1', 5],
    ['[fe80::1%eth0]:5', 'fe80::1%eth0', 5],
  ])('reads %s', (text, host, port) => expect(parseAddress(text, 26379, 'addr')).toEqual({ host, port }))

  it.each([
    '',
    ':6379',
    'a:',
    'a:0',
    'a:65536',
    'a:123456',
    'a:-1',
    'a:+1',
    'a:1e3',
    'a:x',
    'a:1:2',
    'a b',
    'a/b',
    'a@b',
    'user:pw@a',
    'a?b',
    'a\nb',
    '::1',
    '[::1',
    '::1]',
    '[]',
    '[a]',
    '[127.0.0.1]',
    '[:::1]',
    '[1::2::3]',
    '[::1%eth0]',
    '[::1]5',
    '[::1]:',
    '/run/redis.sock',
  ])('refuses %j without repeating it', text => {
    expect(() => parseAddress(text, 26379, 'addr')).toThrow(
      expect.objectContaining({
        code: 'ERR_SAVE_PATH_FIELD',
        field: 'addr',
        message: expect.not.stringContaining(text || '\0'),
      }),
    )
  })
})

describe('parseAddresses', () => {
  it('trims each and passes over empty ones', () => {
    const expected = ['a', 'b', 'c'].map(host => ({ host, port: 1 }))
    expect(parseAddresses(' a ;; b\t;\nc;', ';', 1, 'addr')).toEqual(expected)
    expect(parseAddresses('a,b,c', ',', 1, 'addr')).toEqual(expected)
  })

  it.each(['', ' ', ';', ' ; ;'])('refuses %j, which names no host', text => {
    expect(() => parseAddresses(text, ';', 1, 'save_path')).toThrow(
      expect.objectContaining({ code: 'ERR_SAVE_PATH_FIELD', field: 'save_path' }),
    )
  })

  it('reads back what was written', () => {
    const port = fc.integer({ min: 1, max: 65_535 })
    const address = fc.record({ host: fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6()), port })
    const written = ({ host, port }: { host: string; port: number }) =>
      `${host.includes(':') ? `[${host}]` : host}:${port}`
    fc.assert(
      fc.property(fc.array(address, { minLength: 1, maxLength: 6 }), fc.constantFrom(';', ','), (list, separator) => {
        expect(parseAddresses(list.map(written).join(separator), separator, 1, 'addr')).toEqual(list)
      }),
    )
  })
})
