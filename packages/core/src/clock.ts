/** Where time comes from, so that tests move it instead of waiting for it. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number
  /** Resolves after that many milliseconds. */
  sleep(ms: number): Promise<void>
}

/** The system's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: ms => new Promise(resolve => setTimeout(resolve, ms)),
}
