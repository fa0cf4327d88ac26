/**
 * One connection on which a server tells which keys have changed: client tracking, in broadcast. It redirects to itself, so that what has
 * changed and the answers to PING come in one order: whatever happened before a PING was told when its answer is there.
 */
import type { Redis } from 'ioredis'
import { connect, drop, type Login, within } from './connection.ts'
import type { Address } from './topology.ts'

const CONNECT_TIMEOUT_MS = 500
/** One that does not answer for so long is given up. */
const ANSWER_TIMEOUT_MS = 1000
const CHANNEL = '__redis__:invalidate'

export interface LineEvents {
  /** These keys have changed; null: all. */
  changed(keys: readonly Buffer[] | null): void
  /** All that had changed by this time was told. `performance.now()`. */
  proved(at: number): void
  /** Nothing more is told. Once. */
  ended(): void
}

export interface LineOptions {
  login: Login
  /** Of the keys that are told of; `''` for all. */
  prefix: string
  /** How often the server is asked whether it is still there. */
  beatMs: number
}

export class TrackingLine {
  readonly #redis: Redis
  readonly #events: LineEvents
  readonly #timer: NodeJS.Timeout
  isOver = false

  private constructor(redis: Redis, events: LineEvents, beatMs: number) {
    this.#redis = redis
    this.#events = events
    this.#timer = setInterval(() => void this.#beat(), beatMs).unref()
    redis.once('end', () => this.end())
  }

  /** Resolves when the server tells everything from then on. Rejects with what the server or the network said. */
  static async open(
    address: Address,
    { login, prefix, beatMs }: LineOptions,
    events: LineEvents,
  ): Promise<TrackingLine> {
    // ioredis drops the invalidations of RESP3; as messages of RESP2 it hands them on.
    const redis = await connect(address, { ...login, protocol: 2 }, CONNECT_TIMEOUT_MS)
    try {
      const ask = <X>(asked: Promise<X>): Promise<X> => within(ANSWER_TIMEOUT_MS, asked)
      const id = (await ask(redis.call('CLIENT', 'ID'))) as number
      const only = prefix === '' ? [] : ['PREFIX', prefix]
      await ask(redis.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id, 'BCAST', ...only))
      redis.on('messageBuffer', (_channel: Buffer, keys: unknown) => events.changed(keys as readonly Buffer[] | null))
      await ask(redis.subscribe(CHANNEL))
      // Who may not do so would be given up with the first beat.
      await ask(redis.ping())
      const line = new TrackingLine(redis, events, beatMs)
      // Its end may have come before anybody listened.
      if (redis.status === 'end') throw new Error('The connection was closed at once')
      return line
    } catch (error) {
      drop(redis)
      throw error
    }
  }

  end(): void {
    if (this.isOver) return
    this.isOver = true
    clearInterval(this.#timer)
    drop(this.#redis)
    this.#events.ended()
  }

  async #beat(): Promise<void> {
    const at = performance.now()
    try {
      await within(ANSWER_TIMEOUT_MS, this.#redis.ping())
      if (!this.isOver) this.#events.proved(at)
    } catch {
      this.end()
    }
  }
}
