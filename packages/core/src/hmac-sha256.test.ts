import { createHmac as platformHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createHmac } from './hmac-sha256.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('createHmac', () => {
  it('answers the example of RFC 4231 with a key longer than a block', () => {
    const hmac = createHmac(new Uint8Array(131).fill(0xaa))
    expect(hex(hmac('Test Using Larger Than Block-Size Key - Hash Key First'))).toBe(
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    )
  })

  it('agrees with the platform for keys and messages of every length from 0 to 300', () => {
    for (let length = 0; length <= 300; length++) {
      const key = new Uint8Array(length).map((_, at) => at * 7)
      const message = 'm'.repeat(300 - length)
      expect(hex(createHmac(key)(message)), `${length}`).toBe(platformHmac('sha256', key).update(message).digest('hex'))
    }
  })

  it('agrees with the platform on any key and any message', () => {
    const anyText = fc.string({ unit: 'binary', maxLength: 150 })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 150 }), anyText), anyText, (key, message) => {
        expect(hex(createHmac(key)(message))).toBe(platformHmac('sha256', key).update(message).digest('hex'))
      }),
    )
  })

  it('keeps the key that it was made with, and mixes no two of them', () => {
    const key = new Uint8Array(32).fill(1)
    const [first, second] = [createHmac(key), createHmac(new Uint8Array(32).fill(2))]
    const before = hex(first('m'))
    key.fill(0)
    second('m')
    expect(hex(first('m'))).toBe(before)
    expect(hex(second('m'))).not.toBe(before)
  })
})
