/** A clock that the test moves, so that nothing sleeps. */
import type { Clock, Duration } from '@sentinel-session/core'
import { toMs } from '@sentinel-session/core/internal'

interface Sleeper {
  at: number
  wake(): void
}

/** Starts at epoch ms `start`, 0. `advance` moves it and wakes what falls due, in order. */
export function fakeClock(start = 0): Clock & { advance(by: Duration): Promise<void> } {
  let now = start
  const sleepers: Sleeper[] = []
  return {
    now: () => now,
    sleep: ms =>
      new Promise(wake => {
        sleepers.push({ at: now + ms, wake })
        sleepers.sort((a, b) => a.at - b.at)
      }),
    async advance(by) {
      const end = now + toMs(by, 'by')
      while (sleepers[0] !== undefined && sleepers[0].at <= end) {
        const { at, wake } = sleepers.shift()!
        now = at
        wake()
        await new Promise(resolve => setTimeout(resolve))
      }
      now = end
    },
  }
}
