/** A real Sentinel deployment for tests: a primary, replicas and Sentinels, each a process on a free loopback port. */
import { randomBytes } from 'node:crypto'
import { findRedisServer } from './find-redis-server.ts'
import { freePorts } from './free-port.ts'
import { RedisProcess, type TestNode } from './redis-process.ts'
import { ask, type Reply } from './resp.ts'

export interface SentinelTrioOptions {
  /** 2. */
  replicas?: number
  /** 3; a majority of them is the quorum. */
  sentinels?: number
  /** After how long without an answer a node is called down. 1000. */
  downAfterMs?: number
  /** Of the data nodes. None. */
  password?: string
  /** Of the Sentinels. None. */
  sentinelPassword?: string
  /** `'mymaster'`. */
  masterName?: string
  /** More lines for the configuration of every data node. */
  nodeConfig?: readonly string[]
}

export interface SentinelTrio extends AsyncDisposable {
  /** Beego's string for this deployment. */
  savePath: string
  /** The same as a URL. */
  url: string
  /** `host:port` of each Sentinel. */
  sentinels: readonly string[]
  masterName: string
  /** All data nodes, whatever their role or state. */
  nodes: readonly TestNode[]
  sentinelNodes: readonly TestNode[]
  /** As a majority of the Sentinels sees it. */
  currentPrimary(): Promise<TestNode>
  replicas(): Promise<readonly TestNode[]>
  /** kill -9; answers the node that died. */
  killPrimary(): Promise<TestNode>
  /** kill -9 of any node or Sentinel. */
  kill(node: TestNode): Promise<void>
  /** `SENTINEL FAILOVER`; answers the new primary, agreed by a majority. */
  failover(): Promise<TestNode>
  /** Resolves when a majority names another primary than this one. Rejects after `timeoutMs`, 20000. */
  waitForFailover(from: TestNode, timeoutMs?: number): Promise<TestNode>
  /** SIGSTOP of a node or a Sentinel. */
  pause(node: TestNode): Promise<void>
  /** SIGCONT. */
  resume(node: TestNode): Promise<void>
  /** Starts a node again on its port; `empty` forgets its data. */
  restart(node: TestNode, options?: { empty?: boolean }): Promise<void>
  /** Sends one command to a node and answers the reply. */
  ask(node: TestNode, ...command: string[]): Promise<Reply>
  /** Ends every process by its pid and removes its folder. */
  stop(): Promise<void>
}

const START_MS = 20_000
const POLL_MS = 20

/** Resolves when the replicas are in sync and all Sentinels agree. Needs redis-server or valkey-server; throws how to get one. */
export async function startSentinel(options: SentinelTrioOptions = {}): Promise<SentinelTrio> {
  const deployment = new Deployment(options, await freePorts((options.replicas ?? 2) + 1 + (options.sentinels ?? 3)))
  try {
    await deployment.start()
    return deployment
  } catch (error) {
    const logs = deployment.logs()
    await deployment.stop()
    throw new Error(`The Sentinel deployment did not start.\n${logs}`, { cause: error })
  }
}

class Deployment implements SentinelTrio {
  readonly masterName: string
  readonly nodes: readonly RedisProcess[]
  readonly sentinelNodes: readonly RedisProcess[]
  readonly #password: string | undefined
  readonly #sentinelPassword: string | undefined

  constructor(options: SentinelTrioOptions, ports: readonly number[]) {
    const { replicas = 2, sentinels = 3, downAfterMs = 1000, masterName = 'mymaster', nodeConfig = [] } = options
    const program = findRedisServer()
    this.masterName = masterName
    this.#password = options.password
    this.#sentinelPassword = options.sentinelPassword
    const dataPorts = ports.slice(0, replicas + 1)
    const primaryPort = dataPorts[0]!
    this.nodes = dataPorts.map((port, index) => {
      const own = index === 0 ? [] : [`replicaof 127.0.0.1 ${primaryPort}`]
      return new RedisProcess(program, port, [...NODE_CONFIG, ...this.#nodeAuth(), ...nodeConfig, ...own])
    })
    // Known from the start, they need not find each other first, which takes seconds.
    const ids = Array.from({ length: sentinels }, () => randomBytes(20).toString('hex'))
    const sentinelPorts = ports.slice(replicas + 1)
    this.sentinelNodes = sentinelPorts.map((port, index) => {
      const others = sentinelPorts.flatMap((other, at) =>
        at === index ? [] : [`sentinel known-sentinel ${masterName} 127.0.0.1 ${other} ${ids[at]}`],
      )
      const config = [
        `sentinel myid ${ids[index]}`,
        `sentinel monitor ${masterName} 127.0.0.1 ${primaryPort} ${Math.floor(sentinels / 2) + 1}`,
        `sentinel down-after-milliseconds ${masterName} ${downAfterMs}`,
        `sentinel failover-timeout ${masterName} 5000`,
        `sentinel parallel-syncs ${masterName} ${Math.max(replicas, 1)}`,
        ...(this.#password === undefined ? [] : [`sentinel auth-pass ${masterName} ${this.#password}`]),
        ...(this.#sentinelPassword === undefined
          ? []
          : [`requirepass ${this.#sentinelPassword}`, `sentinel sentinel-pass ${this.#sentinelPassword}`]),
        ...dataPorts.slice(1).map(replica => `sentinel known-replica ${masterName} 127.0.0.1 ${replica}`),
        ...others,
      ]
      return new RedisProcess(program, port, config, ['--sentinel'])
    })
  }

  get sentinels(): readonly string[] {
    return this.sentinelNodes.map(({ host, port }) => `${host}:${port}`)
  }

  get savePath(): string {
    return `${this.sentinels.join(';')},100,${this.#password ?? ''},0,${this.masterName}`
  }

  get url(): string {
    const login = this.#password === undefined ? '' : `:${encodeURIComponent(this.#password)}@`
    return `redis+sentinel://${login}${this.sentinels.join(',')}/0?master=${encodeURIComponent(this.masterName)}`
  }

  async start(): Promise<void> {
    for (const node of this.nodes) node.start()
    await until(START_MS, 'replication', () => this.#isReplicated())
    for (const sentinel of this.sentinelNodes) sentinel.start()
    await until(START_MS, 'agreement of the Sentinels', () => this.#isWatched())
  }

  async currentPrimary(): Promise<RedisProcess> {
    const views = await Promise.all(this.sentinelNodes.map(sentinel => this.#viewOf(sentinel)))
    for (const node of this.nodes) {
      if (views.filter(port => port === node.port).length > this.sentinelNodes.length / 2) return node
    }
    throw new Error('No majority of the Sentinels agrees on a primary.')
  }

  async replicas(): Promise<readonly RedisProcess[]> {
    const primary = await this.currentPrimary()
    return this.nodes.filter(node => node !== primary)
  }

  async killPrimary(): Promise<RedisProcess> {
    const primary = await this.currentPrimary()
    await primary.killed()
    return primary
  }

  async kill(node: TestNode): Promise<void> {
    await this.#own(node).killed()
  }

  async failover(): Promise<RedisProcess> {
    const from = await this.currentPrimary()
    const sentinel = this.sentinelNodes[0]!
    // A replica that has just come back may not be eligible yet.
    await until(START_MS, 'a replica to promote', async () => {
      await this.#askSentinel(sentinel, 'SENTINEL', 'FAILOVER', this.masterName)
      return true
    })
    return this.waitForFailover(from)
  }

  async waitForFailover(from: TestNode, timeoutMs = START_MS): Promise<RedisProcess> {
    let primary: RedisProcess | undefined
    await until(timeoutMs, 'another primary', async () => {
      primary = await this.currentPrimary()
      if (primary.port === from.port) return false
      const [role] = (await this.ask(primary, 'ROLE')) as [string]
      return role === 'master'
    })
    return primary!
  }

  async pause(node: TestNode): Promise<void> {
    this.#own(node).signal('SIGSTOP')
  }

  async resume(node: TestNode): Promise<void> {
    this.#own(node).signal('SIGCONT')
  }

  async restart(node: TestNode, { empty = false }: { empty?: boolean } = {}): Promise<void> {
    const own = this.#own(node)
    await own.killed()
    if (empty) own.forgetData()
    own.start()
    await until(START_MS, 'the restarted node', async () => (await this.#askAny(own, 'PING')) === 'PONG')
  }

  ask(node: TestNode, ...command: string[]): Promise<Reply> {
    return this.#askAny(this.#own(node), ...command)
  }

  async stop(): Promise<void> {
    const all = [...this.sentinelNodes, ...this.nodes]
    await Promise.all(all.map(server => server.killed()))
    for (const server of all) server.remove()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  logs(): string {
    return [...this.nodes, ...this.sentinelNodes].map(server => `port ${server.port}:\n${server.log()}`).join('\n')
  }

  async #isReplicated(): Promise<boolean> {
    const states = await Promise.all(
      this.nodes.slice(1).map(async node => (await this.ask(node, 'ROLE')) as [string, string, number, string]),
    )
    return (await this.ask(this.nodes[0]!, 'PING')) === 'PONG' && states.every(([, , , link]) => link === 'connected')
  }

  async #isWatched(): Promise<boolean> {
    const views = await Promise.all(
      this.sentinelNodes.map(async sentinel => {
        const facts = (await this.#askSentinel(sentinel, 'SENTINEL', 'MASTER', this.masterName)) as string[]
        const fact = (name: string): string => facts[facts.indexOf(name) + 1]!
        const replicas = (await this.#askSentinel(sentinel, 'SENTINEL', 'REPLICAS', this.masterName)) as string[][]
        const healthy = replicas.filter(replica => replica[replica.indexOf('flags') + 1] === 'slave')
        return (
          fact('flags') === 'master' &&
          Number(fact('num-other-sentinels')) === this.sentinelNodes.length - 1 &&
          healthy.length === this.nodes.length - 1
        )
      }),
    )
    return views.every(Boolean)
  }

  async #viewOf(sentinel: RedisProcess): Promise<number | undefined> {
    try {
      const address = await this.#askSentinel(sentinel, 'SENTINEL', 'get-master-addr-by-name', this.masterName)
      return Number((address as string[])[1])
    } catch {
      // Dead or frozen: no view, so no vote.
      return undefined
    }
  }

  #askAny(server: RedisProcess, ...command: string[]): Promise<Reply> {
    if (this.sentinelNodes.includes(server)) return this.#askSentinel(server, ...command)
    return ask(server.port, command, this.#password === undefined ? {} : { password: this.#password })
  }

  #askSentinel(sentinel: RedisProcess, ...command: string[]): Promise<Reply> {
    const timeoutMs = 300
    const password = this.#sentinelPassword
    return ask(sentinel.port, command, password === undefined ? { timeoutMs } : { timeoutMs, password })
  }

  #nodeAuth(): string[] {
    return this.#password === undefined ? [] : [`requirepass ${this.#password}`, `masterauth ${this.#password}`]
  }

  #own(node: TestNode): RedisProcess {
    const own = [...this.nodes, ...this.sentinelNodes].find(({ port }) => port === node.port)
    if (own === undefined) throw new Error(`Port ${node.port} is not of this deployment.`)
    return own
  }
}

const NODE_CONFIG = [
  'save ""',
  'appendonly no',
  'repl-diskless-sync yes',
  'repl-diskless-sync-delay 0',
  'repl-ping-replica-period 1',
]

/** Polls; what is thrown meanwhile counts as "not yet" and is the cause when the time is up. */
async function until(timeoutMs: number, what: string, isDone: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + timeoutMs
  let cause: unknown
  while (Date.now() < deadline) {
    try {
      if (await isDone()) return
      cause = undefined
    } catch (error) {
      cause = error
    }
    await new Promise(resolve => setTimeout(resolve, POLL_MS))
  }
  throw new Error(`Waited ${timeoutMs} ms in vain for ${what}.`, { cause })
}
