/** The line to one node of a cluster, on which it is asked what it knows. One that is frozen never delays the others. */
import type { Redis } from 'ioredis'
import { type ClusterView, essenceOf, parseNodes } from './cluster-view.ts'
import { connect, drop, type Login, within } from './connection.ts'
import type { Address } from './topology.ts'

/** One node may take this long to answer. */
const ANSWER_TIMEOUT_MS = 300
/** What Redis is set to, where it may not be asked. */
const USUAL_NODE_TIMEOUT_MS = 15_000

interface Line {
  redis: Redis
  runId: string
  nodeTimeoutMs: number
}

export interface ClusterLinkOptions {
  address: Address
  login: Login
  /** The connection has ended by itself: worth a question. */
  lost(link: ClusterLink): void
}

export class ClusterLink {
  readonly #options: ClusterLinkOptions
  #line: Promise<Line> | undefined
  #isClosed = false
  #essence = ''
  /** What it said last, the same object for as long as it says the same; undefined when it cannot be asked. */
  view: ClusterView | undefined
  /** Why it cannot be asked. */
  error: Error | undefined

  constructor(options: ClusterLinkOptions) {
    this.#options = options
  }

  /** Asks now, over a new connection if need be. Never rejects: see `view` and `error`. */
  async ask(): Promise<void> {
    if (this.#isClosed) return
    const connecting = this.#line ?? this.#connect()
    this.#line = connecting
    try {
      const { redis, runId, nodeTimeoutMs } = await connecting
      const text = String(await within(ANSWER_TIMEOUT_MS, redis.call('CLUSTER', 'NODES')))
      const essence = `${runId} ${essenceOf(text)}`
      if (this.view === undefined || essence !== this.#essence) {
        this.view = { ...parseNodes(text, this.#options.address.host), runId, nodeTimeoutMs }
      }
      this.#essence = essence
      this.error = undefined
    } catch (error) {
      this.view = undefined
      this.error = error as Error
      this.#hangUp(connecting)
    }
  }

  close(): void {
    this.#isClosed = true
    this.view = undefined
    if (this.#line !== undefined) this.#hangUp(this.#line)
  }

  async #connect(): Promise<Line> {
    const { address, login, lost } = this.#options
    const redis = await connect(address, login, ANSWER_TIMEOUT_MS)
    try {
      if (this.#isClosed) throw new Error('The backend was closed.')
      const [info, settings] = await within(
        ANSWER_TIMEOUT_MS,
        Promise.all([
          redis.call('INFO', 'server'),
          redis.call('CONFIG', 'GET', 'cluster-node-timeout').catch(() => []),
        ]),
      )
      const runId = /^run_id:(\S+)/m.exec(String(info))?.[1] ?? ''
      redis.once('end', () => {
        if (this.#isClosed) return
        this.view = undefined
        lost(this)
      })
      return { redis, runId, nodeTimeoutMs: Number((settings as string[])[1] ?? USUAL_NODE_TIMEOUT_MS) }
    } catch (error) {
      drop(redis)
      throw error
    }
  }

  #hangUp(connecting: Promise<Line>): void {
    if (this.#line === connecting) this.#line = undefined
    connecting.then(
      ({ redis }) => drop(redis),
      () => undefined,
    )
  }
}
