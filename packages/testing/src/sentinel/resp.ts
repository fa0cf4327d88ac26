/** Just enough of a Redis client to steer a test deployment: one connection a question, and never a hang. */
import { connect } from 'node:net'

export type Reply = string | number | null | Reply[]

/** Rejects for an error reply, a refused connection, or no answer in time. */
export function ask(
  port: number,
  command: readonly string[],
  options: { password?: string; timeoutMs?: number } = {},
): Promise<Reply> {
  const { password, timeoutMs = 1000 } = options
  const commands = password === undefined ? [command] : [['AUTH', password], command]
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    const finish = (settle: () => void): void => {
      clearTimeout(timer)
      socket.destroy()
      settle()
    }
    const timer = setTimeout(() => finish(() => reject(new Error(`No answer from port ${port}.`))), timeoutMs)
    let received = ''
    socket.setEncoding('utf8')
    socket.on('error', error => finish(() => reject(error)))
    socket.on('close', () => finish(() => reject(new Error(`Port ${port} closed the connection.`))))
    socket.on('data', chunk => {
      received += chunk
      const replies = parseAll(received, commands.length)
      if (replies === undefined) return
      const failure = replies.find(reply => reply instanceof Error)
      finish(() => (failure instanceof Error ? reject(failure) : resolve(replies.at(-1) as Reply)))
    })
    socket.write(commands.map(encode).join(''))
  })
}

function encode(command: readonly string[]): string {
  return `*${command.length}\r\n${command.map(part => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')}`
}

/** Undefined until all have come. */
function parseAll(text: string, count: number): (Reply | Error)[] | undefined {
  const replies: (Reply | Error)[] = []
  let at = 0
  while (replies.length < count) {
    const parsed = parse(text, at)
    if (parsed === undefined) return undefined
    replies.push(parsed.reply)
    at = parsed.end
  }
  return replies
}

function parse(text: string, at: number): { reply: Reply | Error; end: number } | undefined {
  const lineEnd = text.indexOf('\r\n', at)
  if (lineEnd === -1) return undefined
  const line = text.slice(at + 1, lineEnd)
  const next = lineEnd + 2
  switch (text[at]) {
    case '+':
      return { reply: line, end: next }
    case '-':
      return { reply: new Error(line), end: next }
    case ':':
      return { reply: Number(line), end: next }
    case '$': {
      const length = Number(line)
      if (length === -1) return { reply: null, end: next }
      if (text.length < next + length + 2) return undefined
      return { reply: text.slice(next, next + length), end: next + length + 2 }
    }
    case '*': {
      const items: Reply[] = []
      let end = next
      for (let left = Number(line); left > 0; left -= 1) {
        const item = parse(text, end)
        if (item === undefined) return undefined
        items.push(item.reply as Reply)
        end = item.end
      }
      return { reply: Number(line) === -1 ? null : items, end }
    }
    default:
      throw new Error('Not a Redis reply.')
  }
}
