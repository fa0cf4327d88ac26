/** No server outlives the process that started it, as far as that process is given the time: SIGKILL leaves them running. */
const cleanups = new Set<() => void>()
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Runs the synchronous cleanup when this process exits or is told to end; the function that is returned takes it back. */
export function guardExit(cleanup: () => void): () => void {
  if (cleanups.size === 0) install()
  cleanups.add(cleanup)
  return () => {
    if (cleanups.delete(cleanup) && cleanups.size === 0) uninstall()
  }
}

function install(): void {
  process.on('exit', cleanAll)
  for (const signal of SIGNALS) process.on(signal, cleanAndEnd)
}

function uninstall(): void {
  process.off('exit', cleanAll)
  for (const signal of SIGNALS) process.off(signal, cleanAndEnd)
}

function cleanAll(): void {
  for (const cleanup of cleanups) cleanup()
}

/** Having a listener takes the signal's own effect away: unless others listen, it is sent again without ours. */
function cleanAndEnd(signal: NodeJS.Signals): void {
  cleanAll()
  uninstall()
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
}
