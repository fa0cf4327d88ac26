/** SIGSTOP: the connections stay open, and nothing answers. */
import { setTimeout as sleep } from 'node:timers/promises'

const FROZEN_MS = 12_000

export const freeze = {
  label: 'Freeze',
  async begin(trio, primary) {
    await trio.pause(primary)
    return `The primary :${primary.port} is frozen for ${FROZEN_MS / 1000} s.`
  },
  async end(trio, primary) {
    await sleep(FROZEN_MS)
    await trio.resume(primary)
  },
}
