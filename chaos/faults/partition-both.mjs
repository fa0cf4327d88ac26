/** The partition, and one web process dies during it: nobody else knows what it was told by the primary that was cut off. */
import { setTimeout as sleep } from 'node:timers/promises'

const HALF_MS = 3000
export const restMs = 14_000
export const proxied = true

export async function strike({ trio, webs, mark }) {
  const primary = await trio.currentPrimary()
  trio.isolate(primary)
  mark()
  await trio.waitForPrimaryChange(primary)
  await sleep(HALF_MS)
  await webs[0].kill()
  await sleep(HALF_MS)
  trio.rejoin(primary)
}
