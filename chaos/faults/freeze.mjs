/** The primary stands still for twelve seconds, is replaced meanwhile, and wakes up as if nothing had been. */
import { setTimeout as sleep } from 'node:timers/promises'

const FROZEN_MS = 12_000
export const restMs = 14_000

export async function strike({ trio, mark }) {
  const primary = await trio.currentPrimary()
  await trio.pause(primary)
  mark()
  await sleep(FROZEN_MS)
  await trio.resume(primary)
}
