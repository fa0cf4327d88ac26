/** What goes over the wire, byte for byte: fetch would tidy it up. */
import { connect } from 'node:net'

/** Sends a text, and gives all that came back until the server closed the connection. */
export function rawExchange(port: number, sent: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(sent))
    let received = ''
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      received += chunk
    })
    socket.on('error', reject).on('close', () => resolve(received))
  })
}

export function requestText(method: string, headers: readonly string[] = [], body = ''): string {
  return [`${method} / HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers, '', body].join('\r\n')
}

/** Without what differs from run to run, and without what a session adds. */
export function withoutSession(response: string): string {
  return response.replace(/^(?:Date: .*|Set-Cookie: __Host-sid=.*|Cache-Control: no-store|Vary: Cookie)\r\n/gm, '')
}
