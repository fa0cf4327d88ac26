/** RESP2 in one shot: connect, send, read, close. It always settles within its timeout, whatever the server does. */
import { createConnection } from 'node:net'
import type { Address } from '@sentinel-session/core'

/** The server's own refusal; the message begins with its code, as in `READONLY You can't write against …`. */
export class RedisError extends Error {
  override readonly name = 'RedisError'
}

export type Reply = string | number | null | RedisError | Reply[]

export interface SendOptions {
  password?: string | undefined
  /** For connecting and all replies together. 500. */
  timeoutMs?: number | undefined
}

/** Sends the commands in one batch. A refused command is a `RedisError` among the replies; only a refused password rejects. */
export function send(
  address: Address,
  commands: readonly (readonly string[])[],
  { password, timeoutMs = 500 }: SendOptions = {},
): Promise<Reply[]> {
  const batch = password === undefined ? commands : [['AUTH', password], ...commands]
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: address.host, port: address.port })
    const where = `${address.host}:${address.port}`
    const timer = setTimeout(() => fail(new Error(`${where} did not answer within ${timeoutMs} ms`)), timeoutMs)
    let received: Buffer = Buffer.alloc(0)

    function end(): void {
      clearTimeout(timer)
      socket.destroy()
    }
    function fail(error: Error): void {
      end()
      reject(error)
    }
    socket.on('error', fail)
    socket.on('close', () => fail(new Error(`${where} closed the connection`)))
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk])
      const replies = parseReplies(received, batch.length)
      if (replies === undefined) return
      const login = password === undefined ? undefined : replies.shift()
      if (login instanceof RedisError) return fail(login)
      end()
      resolve(replies)
    })
    socket.write(batch.map(encode).join(''))
  })
}

function encode(command: readonly string[]): string {
  const parts = command.map(part => `$${Buffer.byteLength(part)}\r\n${part}\r\n`)
  return `*${command.length}\r\n${parts.join('')}`
}

/** Undefined until all have arrived. */
function parseReplies(bytes: Buffer, count: number): Reply[] | undefined {
  let at = 0

  function next(): Reply | undefined {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd === -1) return undefined
    const kind = bytes.toString('latin1', at, at + 1)
    const line = bytes.toString('utf8', at + 1, lineEnd)
    at = lineEnd + 2
    if (kind === '+') return line
    if (kind === '-') return new RedisError(line)
    if (kind === ':') return Number(line)
    if (line === '-1') return null
    return kind === '*' ? list(Number(line)) : text(Number(line))
  }
  function text(length: number): string | undefined {
    const from = at
    at += length + 2
    return at > bytes.length ? undefined : bytes.toString('utf8', from, from + length)
  }
  function list(length: number): Reply[] | undefined {
    const items: Reply[] = []
    while (items.length < length) {
      const item = next()
      if (item === undefined) return undefined
      items.push(item)
    }
    return items
  }
  return list(count)
}
