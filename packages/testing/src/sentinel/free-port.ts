/** Ports for servers that must know each other's before any of them runs. */
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/**
 * Below the range that systems take the ports of outgoing connections from. Within it, everybody who reconnects to a killed
 * server might be given that server's port, or even be connected to itself.
 */
const FIRST = 10_000
const LAST = 32_000
const ATTEMPTS = 1000

/** Distinct ports of 127.0.0.1 on which nothing listens now. Another process may still be faster: be ready to ask again. */
export async function freePorts(count: number): Promise<number[]> {
  const servers: Server[] = []
  const ports: number[] = []
  try {
    for (let attempt = 0; ports.length < count; attempt++) {
      if (attempt === ATTEMPTS) throw new Error(`No ${count} free ports between ${FIRST} and ${LAST} on 127.0.0.1.`)
      const port = randomInt(FIRST, LAST)
      const server = await listen(port)
      if (server === undefined) continue
      servers.push(server)
      ports.push(port)
    }
  } finally {
    await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  }
  return ports
}

async function listen(port: number): Promise<Server | undefined> {
  const server = createServer().listen({ port, host: '127.0.0.1' })
  try {
    await once(server, 'listening')
    return server
  } catch {
    return undefined
  }
}
