import { expect, it } from 'vitest'
import { commandName, RespFrames } from './resp-frames.ts'

const messages = [
  '*2\r\n$3\r\nGET\r\n$5\r\na\r\nb:\r\n',
  '$3\r\n\r\n\r\r\n',
  '$-1\r\n',
  '$0\r\n\r\n',
  '*-1\r\n',
  '*0\r\n',
  '*3\r\n:1\r\n*2\r\n+OK\r\n$1\r\n*\r\n-ERR no\r\n',
  ':-12\r\n',
  '%2\r\n+proto\r\n:3\r\n+modules\r\n*0\r\n',
  '~1\r\n=7\r\ntxt:\r\n!\r\n',
  '_\r\n',
]

it.each([1, 2, 7, 1000])('messages are cut where they end, in chunks of %i bytes', size => {
  const bytes = Buffer.from(messages.join(''))
  const frames = new RespFrames()
  const found: string[] = []
  for (let at = 0; at < bytes.length; at += size) {
    found.push(...frames.push(bytes.subarray(at, at + size)).map(String))
  }
  expect(found).toEqual(messages)
})

it('a command is known by its name', () => {
  expect(commandName(Buffer.from(messages[0]!))).toBe('get')
})
