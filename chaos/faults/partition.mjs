/** The primary is cut off from replicas and sentinels, but not from its clients, until six seconds after another one was elected. */
import { setTimeout as sleep } from 'node:timers/promises'

const BEYOND_SWITCH_MS = 6000
export const restMs = 14_000
export const proxied = true

export async function strike({ trio, mark }) {
  const primary = await trio.currentPrimary()
  trio.isolate(primary)
  mark()
  await trio.waitForPrimaryChange(primary)
  await sleep(BEYOND_SWITCH_MS)
  trio.rejoin(primary)
}
