/** What happens to a trio: a planned failover and a crash in turns. It comes to rest after each. */
import { startSentinel } from '@sentinel-session/testing/sentinel'

export async function sentinelFaults({ downAfterMs, tell }) {
  const trio = await startSentinel({ downAfterMs })
  let failovers = 0
  return {
    connection: { savePath: trio.savePath },
    /** The node that crashed returns empty. */
    async next() {
      if (failovers++ % 2 === 0) {
        tell('planned failover')
        await trio.failover()
        return
      }
      const dead = await trio.killPrimary()
      tell(`killed ${dead.port}`)
      await trio.waitForPrimaryChange(dead)
      await trio.restart(dead)
      tell(`${dead.port} is back`)
    },
    settled: () => trio.settled(),
    stop: () => trio.stop(),
  }
}
