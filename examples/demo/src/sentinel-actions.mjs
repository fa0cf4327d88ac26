/** What the buttons do to the deployment. Each answers at once with a line for the page; what takes longer goes on behind it. */

export function createActions(trio, status, timeline) {
  /** Nobody waits for it: how it ended stands in the timeline. */
  function goOn(what, work) {
    work().then(
      text => timeline.add(text),
      error => timeline.add(`${what} did not work: ${error.message}`),
    )
  }

  return {
    async kill() {
      const { nodes } = await status()
      if (!isSafeToLose(nodes))
        return refuse('Not killed: no replica is in sync to take over. Restart the dead nodes first.')
      const { host, port, pid } = await trio.killPrimary()
      timeline.add(`kill -9 ${pid}: the primary ${host}:${port} is dead.`)
    },

    async failover() {
      const { nodes } = await status()
      if (!isSafeToLose(nodes)) return refuse('No failover: no replica is in sync to take over.')
      timeline.add('A planned failover was asked for.')
      goOn('The failover', async () => {
        const { host, port } = await trio.failover()
        return `The Sentinels made ${host}:${port} the primary.`
      })
    },

    async restart() {
      const { nodes, primary } = await status()
      const dead = nodes.filter(({ state }) => state === 'dead').map(({ node }) => node)
      if (dead.length === 0) return refuse('Nothing to restart: every node is alive.')
      timeline.add(`Restarting ${dead.length === 1 ? 'one node' : `${dead.length} nodes`}.`)
      goOn('The restart', async () => {
        const isLeaderless = dead.includes(primary)
        const others = nodes.some(({ role, state }) => role === 'replica' && state !== 'dead')
        // Nothing is on disk: a primary that came back before the failover would be empty, and its replicas would copy that.
        if (isLeaderless && others) await trio.waitForPrimaryChange(primary)
        await Promise.all(dead.map(node => trio.restart(node)))
        await trio.settled()
        return 'The dead nodes are back as replicas, and everybody agrees.'
      })
    },
  }

  function refuse(text) {
    timeline.add(text)
  }
}

function isSafeToLose(nodes) {
  const is = (role, state) => nodes.some(node => node.role === role && node.state === state)
  return is('primary', 'alive') && is('replica', 'in sync')
}
