import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { RunningApp } from '@sentinel-session/testing'

export async function serve(listener: RequestListener): Promise<RunningApp & { port: number }> {
  const server = createServer(listener)
  server.listen(0, '0.0.0.0')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
  }
  return { origin: `http://localhost:${port}`, port, stop }
}
