/** A Fetch handler on a real port of this machine. */
import type { AddressInfo } from 'node:net'
import { serve as serveOnNode } from '@hono/node-server'

export interface Served {
  url: string
  /** Cuts what is open. */
  stop(): Promise<void>
}

export async function serve(handler: (request: Request) => Response | Promise<Response>): Promise<Served> {
  const server = await new Promise<ReturnType<typeof serveOnNode>>(resolve => {
    const started = serveOnNode({ fetch: handler, hostname: '127.0.0.1', port: 0 }, () => resolve(started))
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        if ('closeAllConnections' in server) server.closeAllConnections()
      }),
  }
}
