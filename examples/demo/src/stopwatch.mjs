/** How long a request waited for the session store: to the handler until the session was read, to the timeline if it was long. */
import { seconds } from './seconds.mjs'

const NOTEWORTHY_MS = 150

export function stopwatch(timeline) {
  return async (ctx, next) => {
    const start = performance.now()
    const elapsed = () => performance.now() - start
    ctx.state.elapsed = elapsed
    let outcome = 'was answered'
    try {
      await next()
    } catch (error) {
      outcome = `failed with ${error.status ?? 500}`
      throw error
    } finally {
      const ms = elapsed()
      if (ms > NOTEWORTHY_MS) timeline.add(`${ctx.method} ${ctx.path} ${outcome} after ${seconds(ms)}.`)
    }
  }
}
