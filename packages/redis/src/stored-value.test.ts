import { isSessionError } from '@sentinel-session/core'
import { nativeLayout } from '@sentinel-session/core/internal'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openValue } from './stored-value.ts'

const first = 'k3v9x0ab00000008'
const fields = { revisions: first, createdAt: 1_700_000_000_000, expiresAt: 0, body: '{"secret":"canary"}' }
const values = [
  nativeLayout.pack(fields),
  nativeLayout.pack({ ...fields, user: 'u', body: new Uint8Array(40) }),
  `-destroyed ${first} k3v9x0ab00000007`,
  `-retired ${first} k3v9x0ab00000007`,
]

describe('a stored value', () => {
  it('is a record, or how one ended', () => {
    expect(values.map(value => openValue(Buffer.from(value)))).toEqual([
      fields,
      { ...fields, user: 'u', body: new Uint8Array(40) },
      'destroyed',
      'retired',
    ])
  })

  it('whatever its bytes are, is one of them or ERR_RECORD_MALFORMED', () => {
    const seen = new Set<unknown>()
    const place = fc.oneof(fc.constant(0), fc.nat())
    const put = fc.oneof(fc.uint8Array({ maxLength: 5 }), fc.constant(Buffer.from('\ufeff')))
    const changed = fc
      .tuple(fc.constantFrom(...values), place, fc.nat({ max: 5 }), put)
      .map(([value, place, cut, put]) => {
        const bytes = Buffer.from(value)
        const at = place % (bytes.length + 1)
        return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)])
      })
    fc.assert(
      fc.property(fc.oneof(changed, fc.uint8Array().map(Buffer.from)), bytes => {
        try {
          const opened = openValue(bytes)
          seen.add(typeof opened === 'string' ? opened : 'record')
          if (typeof opened !== 'string') expect(Buffer.from(nativeLayout.pack(opened)).equals(bytes)).toBe(true)
        } catch (error) {
          seen.add('malformed')
          expect(isSessionError(error, 'ERR_RECORD_MALFORMED')).toBe(true)
          expect(`${error} ${(error as Error).cause}`).not.toContain('canary')
        }
      }),
      { numRuns: 5_000 },
    )
    expect([...seen].sort()).toEqual(['destroyed', 'malformed', 'record', 'retired'])
  })
})
