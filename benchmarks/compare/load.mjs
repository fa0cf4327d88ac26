/** A load generator that costs little: keep-alive connections, each with one request at a time, on bare sockets. */
import { connect } from 'node:net'

/** Asks once and resolves to `{ status, cookies, body }`. */
export async function ask(port, { method, path, cookie }) {
  const headers = { connection: 'close', ...(cookie === undefined ? {} : { cookie }) }
  const response = await fetch(`http://localhost:${port}${path}`, { method, headers })
  const cookies = response.headers.getSetCookie().map(line => line.split(';', 1)[0])
  return { status: response.status, cookies, body: await response.json() }
}

/** Keeps `concurrency` requests under way for so long; `cookies` take turns. Resolves to the time of each, and the bytes of all. */
export async function load(port, { method, path, cookies, concurrency, ms }) {
  const requests = requestsOf(port, method, path, cookies)
  const end = performance.now() + ms
  const times = []
  const bytes = { in: 0, out: 0 }
  let next = 0
  const connection = () =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1').setNoDelay(true)
      let began = 0
      let text = ''
      const send = () => {
        began = performance.now()
        if (began >= end) {
          socket.destroy()
          resolve()
          return
        }
        const request = requests[next++ % requests.length]
        bytes.in += request.length
        socket.write(request)
      }
      socket.setEncoding('latin1')
      socket.on('connect', send)
      socket.on('error', reject)
      socket.on('close', () => reject(new Error(`The server on ${port} closed the connection.`)))
      socket.on('data', chunk => {
        text += chunk
        if (!isWhole(text)) return
        if (!/^HTTP\/1\.1 [23]/.test(text)) return socket.destroy(new Error(text.slice(0, 500)))
        bytes.out += text.length
        text = ''
        times.push(performance.now() - began)
        send()
      })
    })
  await Promise.all(Array.from({ length: concurrency }, connection))
  return { times, bytes }
}

function requestsOf(port, method, path, cookies) {
  const line = `${method} ${path} HTTP/1.1\r\nHost: localhost:${port}\r\n`
  const length = method === 'POST' ? 'Content-Length: 0\r\n' : ''
  const all = cookies.length === 0 ? [''] : cookies.map(cookie => `Cookie: ${cookie}\r\n`)
  return all.map(cookie => `${line}${cookie}${length}\r\n`)
}

function isWhole(text) {
  const head = text.indexOf('\r\n\r\n')
  if (head === -1) return false
  const [, length] = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, head + 2)) ?? []
  return length === undefined ? text.endsWith('\r\n0\r\n\r\n') : text.length >= head + 4 + Number(length)
}
