import { createCipheriv, hkdfSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { Codec } from './codec.ts'
import { compressed } from './compressed.ts'
import { deepEqual } from './deep-equal.ts'
import { encrypted } from './encrypted.ts'
import type { Keyring } from './keyring.ts'
import { memoryBackend } from './memory-backend.ts'
import { richJson } from './rich-json.ts'
import { Storage } from './storage.ts'

const at = { key: 'sess:a', header: '1700000000000 user' }
const [one, two, three] = ['1'.repeat(32), '2'.repeat(32), new Uint8Array(32).fill(3)] as const
const data = Object.assign(Object.create(null), { user: 'ada', since: new Date(0), tags: new Set(['a']) })

const ID_AND_NONCE = 16
const sealedBy = async (codec: Codec, values: Record<string, unknown> = data): Promise<Uint8Array> =>
  (await codec.encode(values, at)) as Uint8Array
const withKeys = (...keys: (string | Uint8Array)[]): Codec =>
  encrypted(richJson(), { keys: keys as unknown as Keyring })
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const anyValue = fc.oneof(
  // Below the top that key is refused.
  fc.jsonValue().filter(value => !JSON.stringify(value).includes('__proto__')),
  fc.date(),
  fc.bigInt(),
  fc.uint8Array(),
  fc.string({ unit: 'binary' }),
  fc.array(fc.tuple(fc.string(), fc.date())).map(entries => new Map(entries)),
  fc.array(fc.oneof(fc.integer(), fc.uint8Array())).map(elements => new Set(elements)),
)

describe('encrypted', () => {
  it('gives back any data as it was, with and without compression inside', async () => {
    const codecs = [withKeys(one), encrypted(compressed(richJson(), { above: 20 }), { keys: [two] })]
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), anyValue), fc.constantFrom(...codecs), async (values, codec) => {
        const back = await codec.decode(await codec.encode(values, at), at)
        expect(Object.getPrototypeOf(back)).toBeNull()
        expect(deepEqual(back, Object.assign(Object.create(null), values))).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('gives a codec of bytes its bytes, and one of text its text', async () => {
    for (const body of ['', '\ufeff text', new Uint8Array(), Uint8Array.of(0, 255)]) {
      const decode = vi.fn(() => ({}))
      const codec = encrypted({ name: 'other', encode: () => body, decode }, { keys: [one] })
      await codec.decode(await codec.encode({}, at), at)
      expect(decode).toHaveBeenCalledWith(body, at)
    }
  })

  it('is AES-256-GCM with a key from HKDF, as node:crypto has them', async () => {
    const body = Buffer.from(await sealedBy(withKeys(one)))
    const derived = (purpose: string, length: number): Buffer =>
      Buffer.from(hkdfSync('sha256', one, '', `sentinel-session encrypted 1: ${purpose}`, length))
    expect(body.subarray(0, 4)).toEqual(derived('key id', 4))
    const cipher = createCipheriv('aes-256-gcm', derived('key', 32), body.subarray(4, 16))
    cipher.setAAD(Buffer.from(JSON.stringify(['encrypted+rich-json', at.key, at.header])))
    const plain = Buffer.concat([Buffer.of(0), Buffer.from(richJson().encode(data, at) as string)])
    const expected = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    expect(hex(body.subarray(ID_AND_NONCE))).toBe(hex(expected))
  })

  it('reads with every key and writes with the first', async () => {
    const old = await sealedBy(withKeys(two))
    const rotated = withKeys(one, three, two)
    const values = await rotated.decode(old, at)
    expect(values).toEqual(data)
    const written = await sealedBy(rotated, values)
    expect(await withKeys(one).decode(written, at)).toEqual(data)
    await expect(withKeys(two).decode(written, at)).rejects.toThrow('No key opens')
  })

  it('no longer reads what a removed key wrote', async () => {
    await expect(withKeys(two, three).decode(await sealedBy(withKeys(one)), at)).rejects.toThrow('No key opens')
  })

  it('takes text and bytes for the same key, and keeps a copy of the bytes', async () => {
    const bytes = new TextEncoder().encode(one)
    const codec = withKeys(bytes)
    bytes.fill(0)
    expect(await codec.decode(await sealedBy(withKeys(one)), at)).toEqual(data)
  })

  it('does not open after a change of one bit, or when it is cut', async () => {
    const codec = withKeys(one, two)
    const body = await sealedBy(codec)
    for (let i = 0; i < body.length; i++) {
      for (const bit of [1, 128]) {
        const changed = Uint8Array.from(body)
        changed[i]! ^= bit
        await expect(codec.decode(changed, at), `byte ${i}`).rejects.toThrow('No key opens')
      }
      await expect(codec.decode(body.subarray(0, i), at), `cut at ${i}`).rejects.toThrow('No key opens')
    }
    await expect(codec.decode(Buffer.concat([body, Buffer.of(0)]), at)).rejects.toThrow('No key opens')
    await expect(codec.decode('{"user":"ada"}', at)).rejects.toThrow('No key opens')
  })

  it.each([
    ['another key', { ...at, key: 'sess:b' }],
    ['another prefix', { ...at, key: 'other:a' }],
    ['another creation time', { ...at, header: '1700000000001 user' }],
    ['another user', { ...at, header: '1700000000000 other' }],
    ['no user', { ...at, header: '1700000000000 ' }],
    ['the border between key and header elsewhere', { key: `${at.key}","1`, header: at.header.slice(1) }],
  ])('does not open in a record of %s', async (_, place) => {
    const codec = withKeys(one)
    const body = await sealedBy(codec)
    await expect(codec.decode(body, place)).rejects.toThrow('No key opens')
    expect(await codec.decode(body, at)).toEqual(data)
  })

  it('does not open as a body of another codec', async () => {
    const body = await sealedBy(withKeys(one))
    const other = encrypted({ ...richJson(), name: 'other' }, { keys: [one] })
    await expect(other.decode(body, at)).rejects.toThrow('No key opens')
  })

  it('never uses a nonce twice', async () => {
    const codec = withKeys(one)
    const nonces = new Set<string>()
    for (let i = 0; i < 10_000; i += 500) {
      const bodies = await Promise.all(Array.from({ length: 500 }, () => sealedBy(codec, { i: 1 })))
      for (const body of bodies) nonces.add(hex(body.subarray(4, ID_AND_NONCE)))
    }
    expect(nonces.size).toBe(10_000)
  })

  it('checks a value as the codec inside does, and names it', () => {
    const codec = withKeys(one)
    expect(codec.name).toBe('encrypted+rich-json')
    expect(() => codec.check!('cart', () => {})).toThrow(expect.objectContaining({ code: 'ERR_SESSION_VALUE' }))
    expect(encrypted({ ...richJson(), name: 'x', check: undefined as never }, { keys: [one] }).check).toBeUndefined()
  })

  it.each([
    ['one key that is not in a list', { keys: one }],
    ['no key', { keys: [] }],
    ['a short text', { keys: ['1'.repeat(31)] }],
    ['short bytes', { keys: [new Uint8Array(31)] }],
    ['a short key behind a good one', { keys: [one, 'short'] }],
    ['a key that is missing', { keys: [undefined] }],
    ['no options', undefined],
  ])('refuses %s, and does not show it', (_, options) => {
    const make = (): unknown => encrypted(richJson(), options as never)
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_KEYS', field: 'keys' }))
    expect(make).not.toThrow(/1111/)
  })

  it('refuses an unknown option, and what is no codec', () => {
    const misspelt = { keys: [one], key: two } as never
    expect(() => encrypted(richJson(), misspelt)).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_OPTION', field: 'key' }),
    )
    for (const codec of [undefined, {}, { ...richJson(), name: 'a\0b' }]) {
      expect(() => encrypted(codec as never, { keys: [one] })).toThrow(
        expect.objectContaining({ code: 'ERR_CONFIG_OPTION', field: 'codec' }),
      )
    }
  })
})

describe('a storage with an encrypting codec', () => {
  const record = { createdAt: 5, expiresAt: 10, revisions: '0'.repeat(16), user: 'u' }

  /** It throws at once what it need not wait for. */
  const decoding = async (storage: Storage, ...args: Parameters<Storage['decode']>) => storage.decode(...args)

  it('says ERR_RECORD_MALFORMED, in the same words for every reason, and nothing of what is inside', async () => {
    const storageOf = (codec: Codec): Storage => new Storage(memoryBackend(), { codec })
    const storage = storageOf(withKeys(one))
    const body = (await storage.encode('k', { secret: 'canary' }, record)) as Uint8Array
    const changed = Uint8Array.from(body)
    changed[body.length - 1]! ^= 1
    const { user: _, ...nobody } = record
    const reasons = await Promise.all([
      decoding(storageOf(withKeys(two)), 'k', { ...record, body }).catch(String),
      decoding(storage, 'k', { ...record, body: changed }).catch(String),
      decoding(storage, 'other', { ...record, body }).catch(String),
      decoding(storage, 'k', { ...record, createdAt: 6, body }).catch(String),
      decoding(storage, 'k', { ...nobody, body }).catch(String),
      decoding(storage, 'k', { ...record, body: '{"secret":"canary"}' }).catch(String),
      decoding(storage, 'k', { ...record, body: 'canary' }).catch(String),
    ])
    expect(new Set(reasons).size).toBe(1)
    const failed = await decoding(storage, 'other', { ...record, body }).catch(error => error)
    expect(failed).toMatchObject({ code: 'ERR_RECORD_MALFORMED', status: 500 })
    expect(`${failed.message} ${failed.cause.message}`).not.toMatch(/canary|1111/)
    expect(await storage.decode('k', { ...record, body })).toEqual({ secret: 'canary' })
  })

  it('does not quote a text that is not of its codec', async () => {
    const storage = new Storage(memoryBackend(), { codec: compressed(richJson()) })
    const failed = await decoding(storage, 'k', { ...record, body: 'canary' }).catch(error => error)
    expect(`${failed.message} ${failed.cause.message}`).not.toContain('canary')
  })
})
