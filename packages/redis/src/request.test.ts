import { describe, expect, it } from 'vitest'
import { Request } from './request.ts'

function bytesOf(request: Request): string {
  const chunks = request
    .chunks()
    .map(chunk => (Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.text, chunk.encoding)))
  return Buffer.concat(chunks).toString()
}

describe('a request', () => {
  it('is all commands in their order', () => {
    const request = new Request()
    request.add(['GET', 'key'])
    request.add(['WAIT', 2, -500])
    expect(bytesOf(request)).toBe('*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n*3\r\n$4\r\nWAIT\r\n$1\r\n2\r\n$4\r\n-500\r\n')
    expect(request.chunks()).toHaveLength(1)
  })

  it('counts bytes, and not characters', () => {
    const request = new Request()
    request.add(['SET', 'ключ', 'é€😀', ''])
    expect(bytesOf(request)).toBe('*4\r\n$3\r\nSET\r\n$8\r\nключ\r\n$9\r\né€😀\r\n$0\r\n\r\n')
  })

  it('takes bytes as they are, between texts of either kind', () => {
    const request = new Request()
    const bytes = Buffer.from([0xff, 0x00, 0x0d, 0x0a])
    request.add(['SET', 'é', bytes, 'x'])
    request.add(['GET', 'k'])
    expect(request.chunks()).toEqual([
      { text: '*4\r\n$3\r\nSET\r\n$2\r\né\r\n$4\r\n', encoding: 'utf8' },
      bytes,
      { text: '\r\n$1\r\nx\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n', encoding: 'latin1' },
    ])
  })
})
