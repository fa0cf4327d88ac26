import { once } from 'node:events'

/** Never 0.0.0.0: the page has a button that kills processes. */
const HOST = '127.0.0.1'
const FIRST_PORT = 3000
const LAST_PORT = 3099

/** Listens on the wanted port, or on the first free one from 3000 on, and returns it. */
export async function listen(server, wanted) {
  if (wanted !== undefined && wanted !== '') return tryPort(server, wanted)
  for (let port = FIRST_PORT; port < LAST_PORT; port++) {
    try {
      return await tryPort(server, port)
    } catch (error) {
      if (error.code !== 'EADDRINUSE') throw error
    }
  }
  return tryPort(server, LAST_PORT)
}

async function tryPort(server, port) {
  server.listen(port, HOST)
  await once(server, 'listening')
  return server.address().port
}
