/** Under what a run was made: it belongs beside every figure. */
import { cpus, loadavg } from 'node:os'

/** Call it before; what it returns, after. */
export function conditions() {
  const before = loadavg()[0]
  return () => {
    const load = `load ${before.toFixed(1)} before, ${loadavg()[0].toFixed(1)} after`
    return `Node ${process.version}, ${cpus().length} cores, ${load}`
  }
}
