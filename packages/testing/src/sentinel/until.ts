/** Waiting for what other processes do: there is nothing to subscribe to, so it is asked for again and again. */
import { setTimeout as sleep } from 'node:timers/promises'

const INTERVAL_MS = 20

/** Tries until the attempt resolves. Past the deadline it rejects with what was awaited and what the last attempt was missing. */
export async function until<T>(what: string, timeoutMs: number, attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (performance.now() >= deadline) {
        throw new Error(`Waited ${timeoutMs} ms for ${what}: ${(error as Error).message}`, { cause: error })
      }
    }
    await sleep(INTERVAL_MS)
  }
}
