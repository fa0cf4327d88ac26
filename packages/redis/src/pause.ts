/** How long to wait between two tries: with jitter, so that processes do not come all at once. */
const SHORTEST_PAUSE_MS = 25
const LONGEST_PAUSE_MS = 100

export function pauseMs(): number {
  return SHORTEST_PAUSE_MS + Math.random() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS)
}

export function pause(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, pauseMs()))
}
