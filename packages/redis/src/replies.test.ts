import { describe, expect, it } from 'vitest'
import { Replies } from './replies.ts'

/** One of each kind, lists within lists, and what looks like the end of something. */
const SENT = Buffer.from(
  '+OK\r\n:42\r\n:-7\r\n$5\r\nh\r\nxx\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n*3\r\n:1\r\n*2\r\n$2\r\nab\r\n*1\r\n$-1\r\n+x\r\n-NOSCRIPT No matching script.\r\n$6\r\n\u20ac\u20ac\r\n',
)
const READ = [
  'OK',
  42,
  -7,
  'h\r\nxx',
  '',
  null,
  null,
  [],
  [1, ['ab', [null]], 'x'],
  'NOSCRIPT No matching script.',
  '€€',
]

function plain(reply: unknown): unknown {
  if (reply instanceof Error) return reply.message
  if (Array.isArray(reply)) return reply.map(plain)
  return Buffer.isBuffer(reply) ? reply.toString() : reply
}

describe('replies', () => {
  it('are read as they were sent', () => {
    const replies = new Replies().read(SENT)
    expect(replies.map(plain)).toEqual(READ)
    expect(replies[9]).toMatchObject({ name: 'ReplyError' })
  })

  it('are the same however they are cut', () => {
    for (let size = 1; size < SENT.length; size++) {
      const replies = new Replies()
      const heard: unknown[] = []
      for (let at = 0; at < SENT.length; at += size) heard.push(...replies.read(SENT.subarray(at, at + size)))
      expect(heard.map(plain)).toEqual(READ)
    }
  })

  it('that are long are joined once, when all is there', () => {
    const value = Buffer.alloc(1_000_000, 'v')
    const replies = new Replies()
    const sent = Buffer.concat([Buffer.from('*1\r\n$1000000\r\n'), value, Buffer.from('\r\n:1\r\n')])
    const heard: unknown[] = []
    for (let at = 0; at < sent.length; at += 65_536) heard.push(...replies.read(sent.subarray(at, at + 65_536)))
    expect((heard[0] as [Buffer])[0].equals(value)).toBe(true)
    expect(heard[1]).toBe(1)
  })

  it.each([
    'HTTP/1.1 400 Bad Request\r\n',
    ':1x\r\n',
    '$1.5\r\na\r\n',
    '*2\r\n:1\r\n-ERR within\r\n',
    '\r\n\r\n',
    '%1\r\n',
  ])('are not %j', text => {
    expect(() => new Replies().read(Buffer.from(text))).toThrow('not RESP2')
  })
})
