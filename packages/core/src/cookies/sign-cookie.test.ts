import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Keyring } from '../keyring.ts'
import { createCookieSigner } from './sign-cookie.ts'

const sid = 'abcdefghijABCDEFGHIJ0123456789-_abcdefghijk'
const [one, two, three] = ['1'.repeat(32), '2'.repeat(32), new Uint8Array(32).fill(3)] as const

describe('createCookieSigner', () => {
  it('signs the name and the sid with the first key', () => {
    const signature = createHmac('sha256', one).update(`sid\0${sid}`).digest('base64url')
    expect(createCookieSigner('sid', [one, two]).sign(sid)).toBe(`${sid}.${signature}`)
  })

  it('verifies with every key, and tells when it was not the first', () => {
    const value = createCookieSigner('sid', [two]).sign(sid)
    expect(createCookieSigner('sid', [two, one]).verify(value)).toEqual({ sid, outdated: false })
    expect(createCookieSigner('sid', [one, two]).verify(value)).toEqual({ sid, outdated: true })
    expect(createCookieSigner('sid', [one, three, two]).verify(value)).toEqual({ sid, outdated: true })
    expect(createCookieSigner('sid', [two, one, two]).verify(value)).toEqual({ sid, outdated: false })
  })

  it('refuses at once what a removed key signed', () => {
    const value = createCookieSigner('sid', [one]).sign(sid)
    expect(createCookieSigner('sid', [two]).verify(value)).toBeNull()
  })

  it('refuses the value of another cookie', () => {
    const value = createCookieSigner('other', [one]).sign(sid)
    expect(createCookieSigner('sid', [one]).verify(value)).toBeNull()
  })

  it('takes text and bytes for the same key', () => {
    const bytes = new TextEncoder().encode(one)
    expect(createCookieSigner('sid', [bytes]).sign(sid)).toBe(createCookieSigner('sid', [one]).sign(sid))
  })

  it('verifies sids of any form', () => {
    const signer = createCookieSigner('sid', [one, three])
    for (const text of ['a', 'a.b.c', '.', `${sid}.${sid}`]) {
      expect(signer.verify(signer.sign(text))).toEqual({ sid: text, outdated: false })
    }
  })

  it('refuses every change of one character', () => {
    const signer = createCookieSigner('sid', [one, two])
    const value = signer.sign(sid)
    for (let at = 0; at < value.length; at++) {
      const changed = value.slice(0, at) + (value[at] === 'A' ? 'B' : 'A') + value.slice(at + 1)
      expect(signer.verify(changed), changed).toBeNull()
      expect(signer.verify(value.slice(0, at)), 'cut').toBeNull()
      expect(signer.verify(value.slice(at + 1)), 'cut in front').toBeNull()
    }
    expect(signer.verify(`${value}A`)).toBeNull()
  })

  it('has one signature per sid: unused bits of the last character count', () => {
    const signer = createCookieSigner('sid', [one])
    const value = signer.sign(sid)
    const others = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].filter(
      last => signer.verify(value.slice(0, -1) + last) !== null,
    )
    expect(others).toEqual([value.at(-1)])
  })

  it.each([
    ['unsigned', sid],
    ['without a signature', `${sid}.`],
    ['without a sid', createCookieSigner('sid', [one]).sign('')],
    ['JSON', '{"sid":"a"}'],
    ['base64 of JSON', Buffer.from('{"sid":"a"}').toString('base64')],
    ['of express-session', `s:${sid}.${'A'.repeat(43)}`],
    ['empty', ''],
  ])('refuses a value that is %s', (_, value) => {
    expect(createCookieSigner('sid', [one, two]).verify(value)).toBeNull()
  })

  it('refuses anything that it did not sign', () => {
    const signer = createCookieSigner('sid', [one, two])
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[\w.-]{40,100}$/)), value => {
        expect(signer.verify(value)).toBeNull()
      }),
    )
  })

  it.each([
    ['one key that is not in a list', one],
    ['no key', []],
    ['a short text', ['1'.repeat(31)]],
    ['short bytes', [new Uint8Array(31)]],
    ['a short key behind a good one', [one, 'short']],
    ['a key that is a number', [1e32]],
    ['nothing for a key', [undefined]],
    ['nothing at all', null],
  ])('refuses %s, and does not show it', (_, keys) => {
    const make = (): unknown => createCookieSigner('sid', keys as unknown as Keyring)
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_KEYS', field: 'cookie.keys' }))
    expect(make).not.toThrow(/1111/)
  })

  it('counts bytes, not characters', () => {
    expect(() => createCookieSigner('sid', ['é'.repeat(16)])).not.toThrow()
  })
})
