/** One connection to one primary, with at most one batch in flight. It never queues, never replays and never reconnects. */
import { SessionError } from '@sentinel-session/core'
import type { Redis } from 'ioredis'
import type { Command, Reply } from './command.ts'
import { connect, drop, type Login, within } from './connection.ts'
import { connectionError, isReplyError, unavailable } from './redis-errors.ts'
import type { Address } from './topology.ts'

/** A command waits this long for its replies; then the connection is given up, and with it the node. */
const REPLY_TIMEOUT_MS = 1000
const CONNECT_TIMEOUT_MS = 500

/** What each command of a batch got: its replies, or the first error. */
export type Outcome = Reply[] | Error

export interface LaneEvents {
  /** The connection is gone, with or without a batch in flight. */
  closed(lane: Lane, hung: boolean): void
}

export class Lane {
  readonly #redis: Redis
  readonly #events: LaneEvents
  #batch: Batch | undefined
  #timer: NodeJS.Timeout | undefined
  #hung = false
  #ended = false
  lastUsed: number = performance.now()

  private constructor(redis: Redis, events: LaneEvents) {
    this.#redis = redis
    this.#events = events
  }

  /** Connects and checks that the node is a primary. Rejects with `ERR_BACKEND_*`; `ERR_BACKEND_UNAVAILABLE` is worth another try. */
  static async open(address: Address, login: Login, events: LaneEvents): Promise<Lane> {
    let redis: Redis | undefined
    try {
      redis = await connect(address, login, CONNECT_TIMEOUT_MS)
      const [role] = (await within(CONNECT_TIMEOUT_MS, redis.call('ROLE'))) as [string]
      if (role !== 'master') throw unavailable(`The node is a ${role}, not the primary`)
    } catch (error) {
      if (redis !== undefined) drop(redis)
      throw asBackendError(error as Error)
    }
    const lane = new Lane(redis, events)
    redis.once('end', () => lane.#close())
    if (redis.status === 'end') lane.#close()
    return lane
  }

  get isIdle(): boolean {
    return this.#batch === undefined && !this.#ended
  }

  /** Resolves, never rejects, when every command of the batch has its outcome. */
  send(commands: readonly Command[]): Promise<Outcome[]> {
    return new Promise(resolve => {
      this.#batch = new Batch(commands, outcomes => {
        clearTimeout(this.#timer)
        this.#batch = undefined
        this.lastUsed = performance.now()
        // A broken connection refuses what is sent, turns before it reports its end: whoever sent again to it would spin.
        if (outcomes.some(isLost)) this.destroy()
        resolve(outcomes)
      })
      this.#timer = setTimeout(() => this.#suspect(), REPLY_TIMEOUT_MS)
      this.#batch.writeTo(this.#redis)
    })
  }

  /** Destroys the socket at once: nothing more reaches the node. A batch in flight ends with unknown outcome. */
  destroy(): void {
    drop(this.#redis)
    this.#close()
  }

  /** A blocked event loop makes timers late: replies that have arrived meanwhile are read before the node is blamed. */
  #suspect(): void {
    const suspected = this.#batch
    setImmediate(() => {
      if (this.#batch !== suspected || suspected === undefined) return
      this.#hung = true
      this.destroy()
    })
  }

  #close(): void {
    if (this.#ended) return
    this.#ended = true
    this.#batch?.abort()
    this.#events.closed(this, this.#hung)
  }
}

class Batch {
  readonly #commands: readonly Command[]
  readonly #outcomes: Outcome[]
  readonly #done: (outcomes: Outcome[]) => void
  #left = 0

  constructor(commands: readonly Command[], done: (outcomes: Outcome[]) => void) {
    this.#commands = commands
    this.#outcomes = commands.map(() => [])
    this.#done = done
  }

  writeTo(redis: Redis): void {
    const pipeline = redis.pipeline()
    this.#commands.forEach(({ parts }, index) => {
      for (const [name, ...args] of parts) {
        this.#left += 1
        pipeline.callBuffer(name as string, args, (error: Error | null | undefined, reply: unknown) =>
          this.#settle(index, error, reply as Reply),
        )
      }
    })
    pipeline.exec().catch(() => this.abort())
  }

  /** What has no reply yet gets none: unknown. */
  abort(): void {
    if (this.#left === 0) return
    this.#left = 0
    const lost = new Error('The connection to Redis was lost.')
    this.#commands.forEach(({ parts }, index) => {
      const outcome = this.#outcomes[index]!
      if (!(outcome instanceof Error) && outcome.length < parts.length) this.#outcomes[index] = lost
    })
    this.#done(this.#outcomes)
  }

  #settle(index: number, error: Error | null | undefined, reply: Reply): void {
    if (this.#left === 0) return
    const outcome = this.#outcomes[index]!
    if (!(outcome instanceof Error)) {
      if (error) this.#outcomes[index] = error
      else outcome.push(reply)
    }
    this.#left -= 1
    if (this.#left === 0) this.#done(this.#outcomes)
  }
}

function isLost(outcome: Outcome): boolean {
  return outcome instanceof Error && !isReplyError(outcome)
}

function asBackendError(error: Error): SessionError {
  if (error instanceof SessionError) return error
  return connectionError(error) ?? unavailable('No connection to the primary', error)
}
