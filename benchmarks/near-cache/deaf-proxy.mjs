/** Passes bytes to a node; those by which it tells what has changed can be kept back, as if their connections were frozen. */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'

export async function startDeafProxy({ host, port }) {
  const sockets = new Set()
  /** The ends towards the node of connections that are told. */
  const told = new Set()
  const server = createServer(client => {
    const node = connect(port, host)
    for (const socket of [client, node]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        told.delete(node)
        client.destroy()
        node.destroy()
      })
    }
    client.on('data', chunk => {
      if (chunk.includes('__redis__:invalidate')) told.add(node)
      node.write(chunk)
    })
    node.on('data', chunk => client.write(chunk))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: server.address().port,
    deafen(on) {
      for (const node of told)
        if (on) node.pause()
        else node.resume()
    },
    stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
