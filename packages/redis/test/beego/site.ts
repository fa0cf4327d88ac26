/** A site as a Beego handler would be written, on node:http alone. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Exchange, Manager } from '@sentinel-session/core'

export interface Site {
  origin: string
  stop(): void
}

export async function startSite(manager: Manager): Promise<Site> {
  const server = createServer((req, res) => {
    handle(manager, exchangeOf(req, res), res).catch(({ status = 500, code = 'ERR' }) => {
      res.writeHead(status).end(code)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function handle(manager: Manager, exchange: Exchange, res: ServerResponse): Promise<void> {
  const { pathname } = new URL(exchange.url, 'http://localhost')
  const session = await manager.sessionStart(exchange)
  try {
    if (pathname === '/login') {
      session.set('user', 'u1')
      await manager.sessionRegenerateId(exchange)
    } else if (pathname === '/logout') await manager.sessionDestroy(exchange)
    else if (pathname === '/visit') session.update('n', (n: number | undefined) => (n ?? 0) + 1)
  } finally {
    await session.sessionRelease()
  }
  const isOver = session.status === 'destroyed'
  res.end(JSON.stringify(isOver ? { over: true } : { ...session.data, isNew: session.isNew }))
}

function exchangeOf(req: IncomingMessage, res: ServerResponse): Exchange {
  return {
    secure: false,
    host: req.headers.host ?? '',
    url: req.url ?? '/',
    header: name => req.headers[name]?.toString(),
    apply({ append, set }) {
      for (const [name, value] of append) res.appendHeader(name, value)
      for (const [name, value] of set) res.setHeader(name, value)
    },
  }
}

/** Keeps the cookie, and the sid in the header if the site sends one. */
export class Visitor {
  cookie: string | undefined
  sid: string | undefined
  lines: string[] = []

  async get(url: string): Promise<{ status: number; text: string; json: Record<string, unknown> }> {
    const headers: Record<string, string> = {}
    if (this.cookie !== undefined) headers.cookie = this.cookie
    if (this.sid !== undefined) headers['Beego-Sid'] = this.sid
    const response = await fetch(url, { headers })
    const text = await response.text()
    this.lines = response.headers.getSetCookie()
    for (const line of this.lines) this.cookie = /Max-Age=0/.test(line) ? undefined : line.split(';')[0]
    this.sid = response.headers.get('beego-sid') ?? this.sid
    return { status: response.status, text, json: text.startsWith('{') ? JSON.parse(text) : {} }
  }
}
