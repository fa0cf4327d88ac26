/** Waits, at the pace of the Sentinels, until the former primary follows the new one and what only it had is gone. */
import { setTimeout as sleep } from 'node:timers/promises'

const EACH_MS = 250
const AT_MOST_MS = 40_000

export async function whenDemoted(trio, node) {
  for (let waited = 0; waited < AT_MOST_MS; waited += EACH_MS) {
    const [role] = await trio.ask(node, 'ROLE').catch(() => [])
    if (role === 'slave') return
    await sleep(EACH_MS)
  }
  throw new Error(`:${node.port} has not become a replica`)
}
