/** The end: what was started last is stopped first. A second signal does not wait for that. */

const SIGNALS = ['SIGINT', 'SIGTERM']
const INTERRUPTED = 130

export function onStop() {
  const closers = []
  let state = 'starting'

  async function stop() {
    // While it starts, the Redis processes are ended by the exit itself.
    if (state !== 'ready') process.exit(state === 'starting' ? 0 : INTERRUPTED)
    state = 'stopping'
    console.log('\nStopping.')
    for (const close of closers.reverse()) {
      try {
        await close()
      } catch (error) {
        console.error(error)
        process.exitCode = 1
      }
    }
    process.exit()
  }

  for (const signal of SIGNALS) process.on(signal, stop)
  return {
    add: close => closers.push(close),
    /** From now on a signal stops everything in order. */
    ready() {
      state = 'ready'
    },
  }
}
