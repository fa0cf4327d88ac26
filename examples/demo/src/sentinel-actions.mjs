/** What the buttons do to the deployment, one at a time. Each answers at once; healing and comparing go on behind it. */
import { failover } from './faults/failover.mjs'
import { freeze } from './faults/freeze.mjs'
import { isSafeToLose } from './faults/is-safe-to-lose.mjs'
import { kill } from './faults/kill.mjs'
import { partition } from './faults/partition.mjs'
import { whenDemoted } from './faults/when-demoted.mjs'

const FAULTS = { kill, freeze, partition, failover }

export function createActions({ trio, status, timeline, turn, contest }) {
  const faults = Object.entries(FAULTS).map(([name, fault]) => [name, () => inTurn(fault.label, () => play(fault))])
  return { ...Object.fromEntries(faults), restart: () => inTurn('Restart', restart) }

  /** The work begins, and gives what is left to do: nobody waits for that, and how it ended stands in the timeline. */
  async function inTurn(label, work) {
    if (turn.taken !== null) return timeline.add(`Not now: ${turn.taken} is not over.`)
    turn.taken = label
    let rest
    try {
      rest = await work()
    } finally {
      if (rest === undefined) turn.taken = null
    }
    rest?.()
      .then(
        text => timeline.add(text),
        error => timeline.add(`${label} did not end well: ${error.message}`),
      )
      .finally(() => {
        turn.taken = null
      })
  }

  async function play(fault) {
    const { nodes, primary } = await status()
    if (!isSafeToLose(nodes)) return timeline.add(`No ${fault.label}: no replica is in sync to take over.`)
    const comparison = contest.compare(fault.label)
    timeline.add(await fault.begin(trio, primary))
    return async () => {
      await fault.end(trio, primary)
      await whenDemoted(trio, primary)
      await trio.settled()
      await comparison.end()
      return `${fault.label} is over: three nodes, and everybody agrees.`
    }
  }

  async function restart() {
    const { nodes, primary } = await status()
    const dead = nodes.filter(({ state }) => state === 'dead').map(({ node }) => node)
    if (dead.length === 0) return timeline.add('Nothing to restart: every node is alive.')
    timeline.add(`Restarting ${dead.length === 1 ? 'one node' : `${dead.length} nodes`}.`)
    return async () => {
      const isLeaderless = dead.includes(primary)
      const others = nodes.some(({ role, state }) => role === 'replica' && state !== 'dead')
      // Nothing is on disk: a primary that came back before the failover would be empty, and its replicas would copy that.
      if (isLeaderless && others) await trio.waitForPrimaryChange(primary)
      await Promise.all(dead.map(node => trio.restart(node)))
      await trio.settled()
      return 'The dead nodes are back as replicas, and everybody agrees.'
    }
  }
}
