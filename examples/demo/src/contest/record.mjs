/** The last seconds of the contest, for whoever looks on. */

export const SECONDS = 90

export function createRecord() {
  const seconds = []
  const listeners = new Set()
  return {
    seconds,
    add(second) {
      seconds.push(second)
      if (seconds.length > SECONDS) seconds.shift()
      for (const listener of listeners) listener(second)
    },
    /** Gives the function that ends it. */
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
