/** What each session holds in the end, by the word of a web process that was not there before. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from './request.mjs'
import { startWebProcess } from './web-process.mjs'

const READERS = 6
const TRIES = 5
const BETWEEN_TRIES_MS = 500

/** One answer per entry, in their order; undefined where there was none. */
export async function readBack(entries, contestant, deployment) {
  const web = await startWebProcess(contestant, deployment)
  const client = createClient([web.port])
  const found = []
  let next = 0
  async function readSome() {
    while (next < entries.length) {
      const at = next++
      found[at] = await read(client, entries[at].cookie)
    }
  }
  try {
    await Promise.all(Array.from({ length: READERS }, readSome))
    return found
  } finally {
    client.close()
    await web.kill()
  }
}

async function read(client, cookie) {
  for (let attempt = 1; ; attempt++) {
    const { body } = await client.send('GET', '/read', cookie)
    if (body !== undefined || attempt === TRIES) return body
    await sleep(BETWEEN_TRIES_MS)
  }
}
