import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { handleOf, hashedKeyOf, isWellFormedSid, newSid } from './sid.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

describe('newSid', () => {
  it('makes 100,000 different sids of the one form', () => {
    const sids = new Set<string>()
    for (let i = 0; i < 100_000; i++) sids.add(newSid())
    expect(sids.size).toBe(100_000)
    expect([...sids].every(isWellFormedSid)).toBe(true)
  })

  it('sets every one of the 256 bits as often as not, within five standard deviations', () => {
    const counts = new Array<number>(256).fill(0)
    const runs = 20_000
    for (let i = 0; i < runs; i++) {
      const bytes = Buffer.from(newSid(), 'base64url')
      for (let bit = 0; bit < 256; bit++) counts[bit]! += (bytes[bit >> 3]! >> (bit & 7)) & 1
    }
    const allowed = 5 * Math.sqrt(runs / 4)
    for (const count of counts) expect(Math.abs(count - runs / 2)).toBeLessThan(allowed)
  })

  it('throws when the random generator throws, and recovers with it, never handing out bytes twice', () => {
    const before = new Set<string>()
    const random = vi.spyOn(globalThis.crypto, 'getRandomValues').mockImplementation(() => {
      throw new Error('no entropy')
    })
    // What is left of the pool is still good.
    const drain = (): void => {
      for (let i = 0; i < 65; i++) before.add(newSid())
    }
    expect(drain).toThrow('no entropy')
    expect(() => newSid()).toThrow('no entropy')
    random.mockRestore()
    for (let i = 0; i < 200; i++) {
      const sid = newSid()
      expect(before.has(sid)).toBe(false)
      expect(sid).not.toBe('A'.repeat(43))
      before.add(sid)
    }
  })

  it('asks for many at once, and wipes what it has used', async () => {
    vi.resetModules()
    const fresh = await import('./sid.ts')
    let pool = new Uint8Array()
    const random = vi.spyOn(globalThis.crypto, 'getRandomValues').mockImplementation(array => {
      pool = array as unknown as Uint8Array<ArrayBuffer>
      pool.fill(0xff)
      return array
    })
    for (let taken = 1; taken <= 32; taken++) {
      expect(fresh.newSid()).toBe(`${'_'.repeat(42)}8`)
      expect(pool.subarray(0, 32 * taken).every(byte => byte === 0)).toBe(true)
      expect(pool[32 * taken]).toBe(0xff)
    }
    expect(random).toHaveBeenCalledTimes(1)
  })
})

describe('isWellFormedSid', () => {
  const pattern = /^[A-Za-z0-9_-]{43}$/

  it('agrees with the pattern', () => {
    const near = fc.string({ unit: fc.constantFrom(...'aZ09-_', '=', '.', ' ', 'é'), minLength: 42, maxLength: 44 })
    fc.assert(fc.property(fc.oneof(near, fc.string()), text => isWellFormedSid(text) === pattern.test(text)))
  })

  it.each([
    ['nothing', ''],
    ['a glob', '*'],
    ['a path', '../x'],
    ['a key', 'a:b'],
    ['a line end after it', `${'a'.repeat(43)}\n`],
    ['a line end in it', `${'a'.repeat(42)}\n`],
    ['NUL', `${'a'.repeat(42)}\0`],
    ['a letter that looks like one', `${'a'.repeat(42)}а`],
    ['64 KiB', 'a'.repeat(65_536)],
  ])('refuses %s', (_, text) => {
    expect(isWellFormedSid(text)).toBe(false)
  })
})

describe('what is derived from a sid', () => {
  const sid = 'abcdefghijABCDEFGHIJ0123456789-_abcdefghijk'

  it('is the record key, which is its hash', () => {
    expect(hashedKeyOf(sid)).toBe(createHash('sha256').update(sid).digest('base64url'))
    expect(hashedKeyOf(sid)).toHaveLength(43)
  })

  it('is the handle, which says nothing of the key', () => {
    const whole = createHash('sha256')
      .update(`sentinel-session id\0${hashedKeyOf(sid)}`)
      .digest('base64url')
    expect(handleOf(sid)).toBe(whole.slice(0, 16))
    expect(hashedKeyOf(sid)).not.toContain(handleOf(sid))
  })
})
