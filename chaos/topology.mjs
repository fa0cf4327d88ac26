/** The Redis deployment of a run: web processes reach each data node through a proxy of their own, the servers each other without it. */
import { startProxy, startSentinel } from '@sentinel-session/testing/sentinel'
import { watchSwitches } from './switches.mjs'

/** As docs/failover.md recommends: after a copy without a file Redis goes on with a replica up to a second later. */
const NODE_CONFIG = ['repl-diskless-sync no']

/** With `proxied` the servers' own connections go through proxies, too: only for partitions, because it slows replication down. */
export async function startTopology({ proxied }) {
  const trio = await startSentinel({ replicas: 2, sentinels: 3, downAfterMs: 1000, proxied, nodeConfig: NODE_CONFIG })
  const clientLinks = []
  const switches = watchSwitches(trio.sentinelNodes)
  async function stop() {
    switches.stop()
    await Promise.all(clientLinks.map(link => link.stop()))
    await trio.stop()
  }
  try {
    const natMap = {}
    for (const node of trio.nodes) {
      const link = await startProxy({ port: node.listenPort })
      clientLinks.push(link)
      natMap[`${node.host}:${node.port}`] = { host: link.host, port: link.port }
    }
    const { sentinels, masterName } = trio
    return { trio, clientLinks, switches: switches.seen, deployment: { sentinels, masterName, natMap }, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
