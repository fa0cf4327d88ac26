/** One connection to one primary, with at most one batch in flight. It never queues, never replays and never reconnects. */
import { SessionError } from '@sentinel-session/core'
import type { Redis } from 'ioredis'
import type { Command, Reply } from './command.ts'
import { connect, drop, type Login, within } from './connection.ts'
import type { Quorum } from './quorum.ts'
import { connectionError, isReplyError, unavailable } from './redis-errors.ts'
import { parseRole, type Role } from './role.ts'
import type { Address } from './topology.ts'

/** A command waits this long for its replies; then the connection is given up, and with it the node. */
const REPLY_TIMEOUT_MS = 1000
const CONNECT_TIMEOUT_MS = 500
/** Replicas get this long to acknowledge; several times what a distant one needs. */
const WAIT_MS = 500
/** One that comes while a WAIT waits is not asked by it: while replicas gather, the next one is due soon. */
const GATHERING_WAIT_MS = 50

/** What a command of a batch got: its replies, or the first error. */
export type Outcome = Reply[] | Error

/** How many replicas have all that was done. */
export interface Acknowledged {
  count: number
  /** What the primary said just after, if it was asked. */
  role: Role | undefined
}

/** `lost`: nobody knows; an error of Redis: this node cannot tell, it is no primary. */
export type Covered = Acknowledged | 'lost' | Error

/** How many replicas a batch waits for, and whether the primary is asked which they are. */
export type Awaited = Pick<Quorum, 'count' | 'isByName' | 'gatherUntil'>

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

  get isOpen(): boolean {
    return !this.#ended
  }

  get isIdle(): boolean {
    return this.#batch === undefined && !this.#ended
  }

  /**
   * Sends the commands, and behind them one WAIT for the replicas. Tells the outcome of each as soon as its replies are there;
   * resolves, never rejects, with what the WAIT says.
   */
  send(
    commands: readonly Command[],
    awaited: Awaited,
    tell: (command: Command, outcome: Outcome) => void,
  ): Promise<Covered> {
    return new Promise(resolve => {
      const batch = new Batch(commands, tell, covered => {
        clearTimeout(this.#timer)
        this.#batch = undefined
        this.lastUsed = performance.now()
        // A broken connection refuses what is sent, turns before it reports its end: whoever sent again to it would spin.
        if (batch.isLost) this.destroy()
        resolve(covered)
      })
      this.#batch = batch
      this.#timer = setTimeout(() => this.#suspect(), REPLY_TIMEOUT_MS + (awaited.count > 0 ? WAIT_MS : 0))
      batch.writeTo(this.#redis, awaited)
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
  readonly #replies: Reply[][]
  readonly #tell: (command: Command, outcome: Outcome) => void
  readonly #done: (covered: Covered) => void
  /** Commands without an outcome, the WAIT and the question behind it. */
  #left = 0
  #count = 0
  #role: Role | undefined
  #failure: 'lost' | Error | undefined
  isLost = false

  constructor(
    commands: readonly Command[],
    tell: (command: Command, outcome: Outcome) => void,
    done: (covered: Covered) => void,
  ) {
    this.#commands = commands
    this.#replies = commands.map(() => [])
    this.#tell = tell
    this.#done = done
  }

  writeTo(redis: Redis, { count, isByName, gatherUntil }: Awaited): void {
    const waitMs = performance.now() < gatherUntil ? GATHERING_WAIT_MS : WAIT_MS
    const pipeline = redis.pipeline()
    const asksWho = count > 0 && isByName
    this.#left = this.#commands.length + Number(count > 0) + Number(asksWho)
    for (const [index, { parts }] of this.#commands.entries()) {
      for (const [name, ...args] of parts) {
        pipeline.callBuffer(name as string, args, (error: Error | null | undefined, reply: unknown) =>
          this.#hear(index, error, reply as Reply),
        )
      }
    }
    if (count > 0) {
      pipeline.call('WAIT', count, waitMs, (error: Error | null | undefined, reply: unknown) =>
        this.#cover(error, () => {
          this.#count = reply as number
        }),
      )
    }
    if (asksWho) {
      pipeline.call('ROLE', (error: Error | null | undefined, reply: unknown) =>
        this.#cover(error, () => {
          this.#role = parseRole(reply)
        }),
      )
    }
    pipeline.exec().catch(() => this.abort())
  }

  /** What has no reply yet gets none: unknown. */
  abort(): void {
    if (this.#left === 0) return
    const lost = new Error('The connection to Redis was lost.')
    for (const [index, { parts }] of this.#commands.entries()) {
      if (this.#replies[index]!.length < parts.length) this.#hear(index, lost, null)
    }
    while (this.#left > 0) this.#cover(lost, () => {})
  }

  #cover(error: Error | null | undefined, note: () => void): void {
    if (error) this.#failure ??= this.#lossOf(error)
    else note()
    this.#settle()
  }

  #hear(index: number, error: Error | null | undefined, reply: Reply): void {
    const command = this.#commands[index]!
    const replies = this.#replies[index]!
    if (replies.length === command.parts.length) return
    if (error) {
      this.#lossOf(error)
      replies.length = command.parts.length
      this.#tell(command, error)
    } else {
      replies.push(reply)
      if (replies.length < command.parts.length) return
      this.#tell(command, replies)
    }
    this.#settle()
  }

  #lossOf(error: Error): 'lost' | Error {
    if (isReplyError(error)) return error
    this.isLost = true
    return 'lost'
  }

  #settle(): void {
    this.#left -= 1
    if (this.#left === 0) this.#done(this.#failure ?? { count: this.#count, role: this.#role })
  }
}

function asBackendError(error: Error): SessionError {
  if (error instanceof SessionError) return error
  return connectionError(error) ?? unavailable('No connection to the primary', error)
}
