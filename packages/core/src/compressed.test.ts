import { deflateRawSync, inflateRawSync, constants as zlib } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { Codec } from './codec.ts'
import { compressed } from './compressed.ts'
import { encrypted } from './encrypted.ts'
import { richJson } from './rich-json.ts'

const at = { key: 'sess:a', header: '1 ' }
const MiB = 1_048_576
/** A codec whose body is the value `body`. */
const bodyAsItIs: Codec = {
  name: 'as-it-is',
  encode: ({ body }) => body as string | Uint8Array,
  decode: body => ({ body }),
}
const roundTrip = async (codec: Codec, body: string | Uint8Array): Promise<unknown> =>
  (await codec.decode(await codec.encode({ body }, at), at)).body

describe('compressed', () => {
  it('gives back any text and any bytes', async () => {
    const short = fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array())
    const many = fc.tuple(fc.string({ unit: 'grapheme' }), fc.nat(300)).map(([text, times]) => text.repeat(times))
    await fc.assert(
      fc.asyncProperty(fc.oneof(short, many), fc.constantFrom(0, 10, 1024), async (body, above) => {
        expect(await roundTrip(compressed(bodyAsItIs, { above }), body)).toEqual(body)
      }),
      { numRuns: 500 },
    )
  })

  it('is DEFLATE behind one byte, above 1024 bytes', async () => {
    const codec = compressed(bodyAsItIs)
    const text = 'a'.repeat(1025)
    const body = (await codec.encode({ body: text }, at)) as Uint8Array
    expect(body[0]).toBe(1)
    expect(body.length).toBeLessThan(50)
    expect(inflateRawSync(body.subarray(1)).toString()).toBe(`\0${text}`)
    expect(await codec.encode({ body: text.slice(1) }, at)).toBe(text.slice(1))
  })

  it('counts bytes, not characters', async () => {
    const codec = compressed(bodyAsItIs, { above: 20 })
    expect(await codec.encode({ body: 'a'.repeat(20) }, at)).toBe('a'.repeat(20))
    expect(await codec.encode({ body: '€'.repeat(20) }, at)).toBeInstanceOf(Uint8Array)
  })

  it('leaves alone what does not become smaller by a quarter', async () => {
    const codec = compressed(bodyAsItIs)
    const noise = crypto.getRandomValues(new Uint8Array(4000))
    const text = Buffer.from(noise).toString('base64')
    expect(await codec.encode({ body: text }, at)).toBe(text)
    expect(await codec.encode({ body: noise }, at)).toHaveLength(4001)
    expect(await roundTrip(codec, noise)).toEqual(noise)
  })

  it('takes 16 MiB and no more, when it writes as when it reads', async () => {
    const codec = compressed(bodyAsItIs)
    const most = 'a'.repeat(16 * MiB)
    expect((await roundTrip(codec, most)) === most).toBe(true)
    await expect(codec.encode({ body: `${most}a` }, at)).rejects.toMatchObject({ code: 'ERR_SESSION_TOO_LARGE' })
    const tooMuch = Buffer.concat([Buffer.of(1), deflateRawSync(`\0${most}a`)])
    await expect(codec.decode(tooMuch, at)).rejects.toThrow('more than')
  })

  it('does not unpack a bomb: one mebibyte that becomes a gibibyte', async () => {
    const block = deflateRawSync(new Uint8Array(MiB), { finishFlush: zlib.Z_FULL_FLUSH })
    const bomb = Buffer.concat([Buffer.of(1), ...Array(1024).fill(block), Buffer.of(3, 0)])
    const before = process.memoryUsage().arrayBuffers
    await expect(compressed(bodyAsItIs).decode(bomb, at)).rejects.toThrow('more than 16777217 bytes')
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * MiB)
  })

  it('refuses what it did not write', async () => {
    const codec = compressed(bodyAsItIs)
    const body = Buffer.from((await codec.encode({ body: 'some text '.repeat(1000) }, at)) as Uint8Array)
    for (let length = 0; length < body.length; length++) {
      await expect(codec.decode(body.subarray(0, length), at), `cut at ${length}`).rejects.toThrow()
    }
    for (const bytes of [[], [2], [1], [1, 255, 255], [1, ...deflateRawSync(Buffer.of(7, 7))]]) {
      await expect(codec.decode(Uint8Array.from(bytes), at)).rejects.toThrow()
    }
  })

  it('checks a value as the codec inside does, and names it', async () => {
    const codec = compressed(richJson())
    expect(codec.name).toBe('compressed+rich-json')
    expect(encrypted(codec, { keys: ['k'.repeat(32)] }).name).toBe('encrypted+compressed+rich-json')
    expect(() => codec.check!('cart', () => {})).toThrow(expect.objectContaining({ code: 'ERR_SESSION_VALUE' }))
    const encode = vi.fn(() => 'x')
    await compressed({ ...bodyAsItIs, encode }).encode({}, at)
    expect(encode).toHaveBeenCalledWith({}, at)
  })

  it.each([
    ['above', { above: -1 }],
    ['above', { above: 1.5 }],
    ['above', { above: '1024' }],
    ['level', { level: 9 }],
  ])('refuses a wrong option %s: %o', (field, options) => {
    expect(() => compressed(richJson(), options as never)).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_OPTION', field }),
    )
  })

  it('refuses what is no codec, and one that encrypts', () => {
    const encrypting = encrypted(richJson(), { keys: ['k'.repeat(32)] })
    for (const codec of [undefined, {}, encrypting]) {
      expect(() => compressed(codec as never)).toThrow(
        expect.objectContaining({ code: 'ERR_CONFIG_OPTION', field: 'codec' }),
      )
    }
  })
})
