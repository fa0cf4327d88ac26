import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSessionError } from './errors.ts'
import { nativeLayout } from './layout.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const revision = 'aaaaaaaa00000001'

describe('the native layout', () => {
  it('is one JSON object whose revision stands at a fixed offset', () => {
    const value = nativeLayout.pack({
      revisions: `${revision} bbbbbbbb00000002`,
      createdAt: 12,
      expiresAt: 99,
      user: 'u',
      body: '{"a":1}',
    })
    expect(value).toBe(`{"v":1,"w":"${revision} bbbbbbbb00000002","c":12,"u":"u","d":{"a":1}}`)
    expect(value.slice(12, 28)).toBe(revision)
    expect(JSON.parse(value)).toEqual({ v: 1, w: `${revision} bbbbbbbb00000002`, c: 12, u: 'u', d: { a: 1 } })
  })

  it('gives back what was packed, but for the deadline', () => {
    const body = fc.oneof(
      fc.dictionary(fc.string(), fc.jsonValue()).map(data => JSON.stringify(data)),
      fc.uint8Array(),
    )
    const record = fc.record(
      {
        revisions: fc.constantFrom(revision, `${revision} bbbbbbbb00000002`),
        createdAt: fc.nat({ max: 2 ** 43 }),
        body,
        user: fc.stringMatching(/^[\w-]{1,43}$/),
      },
      { requiredKeys: ['revisions', 'createdAt', 'body'] },
    )
    fc.assert(
      fc.property(record, fields => {
        const packed = nativeLayout.pack({ ...fields, expiresAt: 5 } as never)
        expect(nativeLayout.unpack(bytes(packed))).toEqual({ ...fields, expiresAt: 0 })
      }),
    )
  })

  it('answers anything else with ERR_RECORD_MALFORMED, and without repeating it', () => {
    const good = nativeLayout.pack({ revisions: revision, createdAt: 12, expiresAt: 0, body: '{"canary":1}' })
    const mutated = fc
      .tuple(fc.nat({ max: good.length }), fc.string({ maxLength: 3 }), fc.nat({ max: 3 }))
      .map(([at, text, cut]) => good.slice(0, at) + text + good.slice(at + cut))
    fc.assert(
      fc.property(fc.oneof(fc.string(), mutated), text => {
        try {
          nativeLayout.unpack(bytes(text))
        } catch (error) {
          expect(isSessionError(error, 'ERR_RECORD_MALFORMED')).toBe(true)
          expect(String(error)).not.toContain('canary')
        }
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['', 'nothing'],
    ['{}', 'another object'],
    ['{"v":2,"w":"aaaaaaaa00000001","c":1,"d":{}}', 'another version'],
    ['{"v":1,"w":"aaaaaaaa","c":1,"d":{}}', 'a short revision'],
    [`{"v":1,"w":"${`${revision} `.repeat(9).trim()}","c":1,"d":{}}`, 'nine writers'],
    [`{"v":1,"w":"${revision}","c":-1,"d":{}}`, 'a negative creation time'],
    [`{"v":1,"w":"${revision}","c":1,"u":"<script>","d":{}}`, 'a strange user'],
    [`{"v":1,"w":"${revision}","c":1,"d":"*"}`, 'a body that is not base64url'],
    [`{"v":1,"w":"${revision}","c":1,"d":"AAAA}`, 'a body whose text does not end'],
    [`{"v":1,"w":"${revision}","c":1,"d":"}`, 'a body that is half a quote'],
    [`\ufeff{"v":1,"w":"${revision}","c":1,"d":{}}`, 'a mark of byte order in front'],
  ])('refuses %s (%s)', text => {
    expect(() => nativeLayout.unpack(bytes(text))).toThrow(expect.objectContaining({ code: 'ERR_RECORD_MALFORMED' }))
  })

  it('refuses bytes that are not UTF-8', () => {
    expect(() => nativeLayout.unpack(Uint8Array.of(0xff, 0xfe))).toThrow(
      expect.objectContaining({ code: 'ERR_RECORD_MALFORMED' }),
    )
  })
})
