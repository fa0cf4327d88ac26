/** Every connection of the web processes to Redis is reset each 100 ms, for eight seconds. */
import { setTimeout as sleep } from 'node:timers/promises'

const EACH_MS = 100
const TIMES = 80
export const restMs = 5000

export async function strike({ clientLinks, mark }) {
  mark()
  for (let time = 0; time < TIMES; time++) {
    for (const link of clientLinks) link.reset()
    await sleep(EACH_MS)
  }
}
