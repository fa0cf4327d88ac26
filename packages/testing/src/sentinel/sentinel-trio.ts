/** What a test can do to its deployment. */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { activePrimary, agreedPrimary, requireAgreement } from './agreement.ts'
import { savePathOf, urlOf } from './connection-strings.ts'
import { type Deployment, dataFolderOf } from './deployment.ts'
import { inHaste } from './haste.ts'
import type { Proxy as NodeProxy } from './proxy.ts'
import type { RedisProcess } from './redis-process.ts'
import { RedisError, type Reply } from './resp.ts'
import type { TestNode } from './test-node.ts'
import { until } from './until.ts'

const AGREE_TIMEOUT_MS = 5000
const SETTLE_TIMEOUT_MS = 30_000
const SAVE_TIMEOUT_MS = 5000

/**
 * Real processes on loopback ports. Every wait has a deadline, after which it rejects and says what was missing. A node may be a
 * data node or a sentinel, wherever both make sense.
 */
export interface SentinelTrio extends AsyncDisposable {
  /** Beego's form, with the password of the data nodes. */
  readonly savePath: string
  /** `redis+sentinel://…`, with the password of the data nodes. */
  readonly url: string
  /** As 'host:port'. */
  readonly sentinels: readonly string[]
  readonly masterName: string
  /** All data nodes, whatever their role and state. */
  readonly nodes: readonly TestNode[]
  /** In the order of `sentinels`. */
  readonly sentinelNodes: readonly TestNode[]
  /** Whom most of the running sentinels name. Between a crash and the failover that is the dead one. */
  currentPrimary(): Promise<TestNode>
  /** The data nodes besides it whose process is alive; a paused one counts, and a former primary that does not follow yet. */
  replicas(): Promise<readonly TestNode[]>
  /** `kill` on the current primary; the node that died. */
  killPrimary(): Promise<TestNode>
  /** SIGKILL. Resolves when the process is gone; a node that has ended already stays so. */
  kill(node: TestNode): Promise<void>
  /**
   * SENTINEL FAILOVER; the new primary, once most sentinels name it and it has the role. The old one goes on accepting writes
   * until the sentinels demote it, some ten seconds later, or soon after `settled()` is called.
   */
  failover(): Promise<TestNode>
  /** Waits until there is another primary than this one; 30 s. */
  waitForPrimaryChange(from: TestNode, options?: { timeoutMs?: number }): Promise<TestNode>
  /**
   * Waits until all that runs is agreed upon: one primary, replicas online, every sentinel content; 30 s. Meanwhile the sentinels
   * look around more often than usual, so call it between two faults, not during one.
   */
  settled(options?: { timeoutMs?: number }): Promise<void>
  /** SIGSTOP: connections stay open, nothing answers. */
  pause(node: TestNode): Promise<void>
  /** SIGCONT. */
  resume(node: TestNode): Promise<void>
  /**
   * Nothing that comes by the node's `port` reaches it any more, and nothing is closed: a primary is cut off from its replicas and
   * the sentinels, but not from clients at its `listenPort`. A replica keeps its own link. For `proxied` deployments.
   */
  isolate(node: TestNode): void
  /** The end of that; the connections of before are closed. */
  rejoin(node: TestNode): void
  /**
   * Starts a process at the same address, with the configuration as the servers left it; ends the present one first. A running
   * data node saves its data for the new process; a paused or killed one has what `nodeConfig` made it write, by default nothing.
   * With `empty`, it begins without data. Resolves when it answers, in whatever role: `settled()` waits for the right one.
   */
  restart(node: TestNode, options?: { empty?: boolean }): Promise<void>
  /** One command; 500 ms. Rejects with a `RedisError` when the node refuses it. */
  ask(node: TestNode, ...command: string[]): Promise<Reply>
  /** Ends every process and deletes every file. Idempotent. */
  stop(): Promise<void>
}

export function createTrio(deployment: Deployment): SentinelTrio {
  const { settings, data, sentinels, proxies } = deployment
  const { masterName } = settings
  const addresses = sentinels.map(({ node }) => `${node.host}:${node.port}`)
  const keepsDumps = settings.nodeConfig.some(line => /^save\s/.test(line))
  let stopped: Promise<void> | undefined

  function processOf(node: TestNode): RedisProcess {
    const found = [...data, ...sentinels].find(each => each.node.port === node.port)
    if (found === undefined) throw new Error(`${node.host}:${node.port} is no node of this deployment.`)
    return found
  }

  function proxyOf(node: TestNode): NodeProxy {
    const proxy = proxies[data.indexOf(processOf(node))]
    if (proxy === undefined) throw new Error(`${node.host}:${node.port} has no proxy: see the option 'proxied'.`)
    return proxy
  }

  function currentPrimary(): Promise<RedisProcess> {
    return until('the sentinels to name one primary', AGREE_TIMEOUT_MS, () => agreedPrimary(deployment))
  }

  async function waitForPrimaryChange(from: TestNode, timeoutMs = SETTLE_TIMEOUT_MS): Promise<TestNode> {
    return until(`another primary than ${from.port}`, timeoutMs, async () => {
      const { node } = await activePrimary(deployment)
      if (node.port === from.port) throw new Error('it is still the primary')
      return node
    })
  }

  async function failover(): Promise<TestNode> {
    const from = await currentPrimary()
    await until('a sentinel to begin a failover', SETTLE_TIMEOUT_MS, async () => {
      const sentinel = sentinels.find(({ state }) => state === 'running')
      if (sentinel === undefined) throw new Error('no sentinel is running')
      await sentinel.ask(['SENTINEL', 'FAILOVER', masterName]).catch(passOverRunningFailover)
    })
    return waitForPrimaryChange(from.node)
  }

  async function restart(node: TestNode, empty: boolean): Promise<void> {
    const server = processOf(node)
    const isDataNode = data.includes(server)
    const folder = dataFolderOf(server.folder)
    if (isDataNode && !empty && server.state === 'running') {
      await until(`${node.port} to save its data`, SAVE_TIMEOUT_MS, async () => {
        // Refused while the data is being written for a replica; and the deployment may be stopped meanwhile.
        if (server.state === 'running') await server.ask(['SAVE'], SAVE_TIMEOUT_MS)
      })
    }
    await server.kill()
    if (isDataNode && empty) {
      await rm(folder, { recursive: true })
      await mkdir(folder)
    }
    await server.start()
    // It has served; a later restart after a crash must not find it.
    if (isDataNode && !keepsDumps) await rm(join(folder, 'dump.rdb'), { force: true })
  }

  function stop(): Promise<void> {
    stopped ??= deployment.end()
    return stopped
  }

  return {
    savePath: savePathOf(settings, addresses),
    url: urlOf(settings, addresses),
    sentinels: addresses,
    masterName,
    nodes: data.map(({ node }) => node),
    sentinelNodes: sentinels.map(({ node }) => node),
    currentPrimary: async () => (await currentPrimary()).node,
    async replicas() {
      const primary = await currentPrimary()
      return data.filter(each => each !== primary && each.state !== 'ended').map(({ node }) => node)
    },
    async killPrimary() {
      const primary = await currentPrimary()
      await primary.kill()
      return primary.node
    },
    kill: async node => processOf(node).kill(),
    failover,
    waitForPrimaryChange: (from, { timeoutMs } = {}) => waitForPrimaryChange(from, timeoutMs),
    settled: ({ timeoutMs = SETTLE_TIMEOUT_MS } = {}) =>
      inHaste(sentinels, () => until('the deployment to settle', timeoutMs, () => requireAgreement(deployment))),
    pause: async node => processOf(node).pause(),
    resume: async node => processOf(node).resume(),
    isolate: node => proxyOf(node).blackhole(true),
    rejoin(node) {
      const proxy = proxyOf(node)
      proxy.reset()
      proxy.blackhole(false)
    },
    restart: (node, { empty = false } = {}) => restart(node, empty),
    ask: async (node, ...command) => processOf(node).ask(command),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** One that sentinels began themselves is as good. Other refusals, as NOGOODSLAVE, are worth another try. */
function passOverRunningFailover(error: Error): void {
  if (!(error instanceof RedisError && error.message.startsWith('INPROG'))) throw error
}
