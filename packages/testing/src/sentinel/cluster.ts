/** What a test can do to its Redis Cluster. */
import type { ClusterSettings } from './cluster-options.ts'
import { nodesSeenBy, requireConsent, type SeenNode } from './cluster-view.ts'
import type { RedisProcess } from './redis-process.ts'
import type { Reply } from './resp.ts'
import type { TestNode } from './test-node.ts'
import { until } from './until.ts'

const SETTLE_TIMEOUT_MS = 30_000
const MIGRATE_TIMEOUT_MS = 5000

/** Real processes on loopback ports. Every wait has a deadline, after which it rejects and says what was missing. */
export interface Cluster extends AsyncDisposable {
  /** Beego's form for its provider `redis_cluster`, with the password. */
  readonly savePath: string
  /** `redis+cluster://…`, with the password. */
  readonly url: string
  /** As 'host:port', in the order of `nodes`. */
  readonly addresses: readonly string[]
  /** First those that began as primaries, then those that began as their replicas. */
  readonly nodes: readonly TestNode[]
  /** Those that serve slots, as most running nodes see it. */
  primaries(): Promise<readonly TestNode[]>
  /** Those that follow it. */
  replicasOf(primary: TestNode): Promise<readonly TestNode[]>
  /** SIGKILL. Resolves when the process is gone. */
  kill(node: TestNode): Promise<void>
  /** SIGSTOP: connections stay open, nothing answers. */
  pause(node: TestNode): Promise<void>
  /** SIGCONT. */
  resume(node: TestNode): Promise<void>
  /** Starts it again at the same address, as the node that it was, with what `nodeConfig` made it write: by default nothing. */
  restart(node: TestNode): Promise<void>
  /** CLUSTER FAILOVER at a replica; resolves when it is the primary. */
  failover(replica: TestNode): Promise<void>
  /** Waits until another node serves the slots of this one; 30 s. */
  waitForSuccessor(from: TestNode): Promise<TestNode>
  /**
   * Moves slots from one primary to another, key by key, as `redis-cli --cluster reshard` does. While the keys of a slot move, some
   * are here and some are there, and clients get ASK; `meanwhile` runs in that state, before the last key has moved.
   */
  migrate(slots: readonly number[], from: TestNode, to: TestNode, meanwhile?: () => Promise<void>): Promise<void>
  /** Waits until all running nodes agree, and all replicas follow; 30 s. */
  settled(): Promise<void>
  /** One command; 500 ms. Rejects with a `RedisError` when the node refuses it. */
  ask(node: TestNode, ...command: string[]): Promise<Reply>
  /** Ends every process and deletes every file. Idempotent. */
  stop(): Promise<void>
}

export interface ClusterProcesses {
  readonly settings: ClusterSettings
  readonly data: readonly RedisProcess[]
  end(): Promise<void>
}

export function createCluster({ settings, data, end }: ClusterProcesses): Cluster {
  const { password } = settings
  const addresses = data.map(({ node }) => `${node.host}:${node.port}`)
  let stopped: Promise<void> | undefined

  function processOf(node: TestNode): RedisProcess {
    const found = data.find(each => each.node.port === node.port)
    if (found === undefined) throw new Error(`${node.host}:${node.port} is no node of this cluster.`)
    return found
  }

  const askNode = (node: TestNode, ...command: string[]) => processOf(node).ask(command)

  async function seen(): Promise<SeenNode[]> {
    const running = data.filter(({ state }) => state === 'running')
    const answers = await Promise.all(running.map(node => nodesSeenBy(node).catch(() => undefined)))
    const views = answers.filter(view => view !== undefined)
    const servingIn = (view: readonly SeenNode[]) =>
      String(
        view
          .filter(isServing)
          .map(({ port }) => port)
          .sort(),
      )
    const votes = (view: readonly SeenNode[]) => views.filter(other => servingIn(other) === servingIn(view)).length
    const [first] = views.sort((a, b) => votes(b) - votes(a))
    if (first === undefined) throw new Error('no node answers')
    return first
  }

  const testNodes = (list: readonly SeenNode[]): TestNode[] =>
    data.map(({ node }) => node).filter(node => list.some(({ port }) => port === node.port))

  /** Replicas stay with their shard. */
  const shardOf = (node: TestNode): number => data.indexOf(processOf(node)) % settings.primaries

  async function idOf(node: TestNode): Promise<string> {
    return String(await askNode(node, 'CLUSTER', 'MYID'))
  }

  async function migrateSlot(
    slot: string,
    from: TestNode,
    to: TestNode,
    meanwhile: () => Promise<void>,
  ): Promise<void> {
    const [source, target] = [await idOf(from), await idOf(to)]
    await askNode(to, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', source)
    await askNode(from, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', target)
    const login = password === undefined ? [] : ['AUTH', password]
    const moveKeys = async (keys: Reply[]): Promise<void> => {
      if (keys.length === 0) return
      const words = ['0', '400', 'REPLACE', ...login, 'KEYS', ...keys.map(String)]
      // A busy machine is slow at times; what has moved in spite of that is not there any more, and passed over.
      await until(`${to.port} to take the keys`, MIGRATE_TIMEOUT_MS, () =>
        askNode(from, 'MIGRATE', to.host, String(to.port), '', ...words),
      )
    }
    const keysIn = async (): Promise<Reply[]> =>
      (await askNode(from, 'CLUSTER', 'GETKEYSINSLOT', slot, '100')) as Reply[]
    const keys = await keysIn()
    await moveKeys(keys.slice(0, Math.ceil(keys.length / 2)))
    await meanwhile()
    for (let left = await keysIn(); left.length > 0; left = await keysIn()) await moveKeys(left)
    for (const node of [to, from]) await askNode(node, 'CLUSTER', 'SETSLOT', slot, 'NODE', target)
    // The others hear of it by themselves, but later.
    const others = testNodes((await seen()).filter(isServing)).filter(node => node !== to && node !== from)
    await Promise.allSettled(others.map(node => askNode(node, 'CLUSTER', 'SETSLOT', slot, 'NODE', target)))
  }

  function stop(): Promise<void> {
    stopped ??= end()
    return stopped
  }

  return {
    savePath: [addresses.join(';'), 100, password ?? ''].join(','),
    url: `redis+cluster://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}${addresses.join(',')}`,
    addresses,
    nodes: data.map(({ node }) => node),
    primaries: async () => testNodes((await seen()).filter(isServing)),
    async replicasOf(primary) {
      const list = await seen()
      const { id } = list.find(({ port }) => port === primary.port) ?? {}
      return testNodes(list.filter(({ of }) => of === id))
    },
    kill: async node => processOf(node).kill(),
    pause: async node => processOf(node).pause(),
    resume: async node => processOf(node).resume(),
    async restart(node) {
      await processOf(node).kill()
      await processOf(node).start()
    },
    async failover(replica) {
      await askNode(replica, 'CLUSTER', 'FAILOVER')
      await until(`${replica.port} to be a primary`, SETTLE_TIMEOUT_MS, async () => {
        const [role] = (await askNode(replica, 'ROLE')) as [string]
        if (role !== 'master') throw new Error(`it is a ${role}`)
      })
    },
    waitForSuccessor: from =>
      until(`a successor of ${from.port}`, SETTLE_TIMEOUT_MS, async () => {
        const serving = testNodes((await seen()).filter(isServing))
        const successor = serving.find(node => node !== from && shardOf(node) === shardOf(from))
        if (successor === undefined) throw new Error('its slots have no other')
        return successor
      }),
    async migrate(slots, from, to, meanwhile = async () => {}) {
      for (const slot of slots) await migrateSlot(String(slot), from, to, meanwhile)
    },
    settled: () => until('the cluster to settle', SETTLE_TIMEOUT_MS, () => requireConsent(data)),
    ask: askNode,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function isServing({ slots }: SeenNode): boolean {
  return slots.length > 0
}
