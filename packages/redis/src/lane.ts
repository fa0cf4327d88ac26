/**
 * One connection to one primary, with at most one batch in flight. It never queues, never replays and never reconnects. ioredis makes it and
 * logs in; what batches say and hear goes past it (docs/decisions/023-lanes-speak-resp.md).
 */
import { SessionError } from '@sentinel-session/core'
import type { Redis } from 'ioredis'
import type { Command, Reply } from './command.ts'
import { connect, drop, type Login, within } from './connection.ts'
import type { Quorum } from './quorum.ts'
import { connectionError, unavailable } from './redis-errors.ts'
import { Replies } from './replies.ts'
import { Request } from './request.ts'
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
  readonly #replies = new Replies()
  #batch: Batch | undefined
  #timer: NodeJS.Timeout | undefined
  #hung = false
  #ended = false
  lastUsed: number = performance.now()

  private constructor(redis: Redis, events: LaneEvents) {
    this.#redis = redis
    this.#events = events
    redis.once('end', () => this.#close())
    redis.stream.removeAllListeners('data')
    redis.stream.on('data', (piece: Buffer) => this.#hear(piece))
  }

  /** Connects and checks that the node is a primary. Rejects with `ERR_BACKEND_*`; `ERR_BACKEND_UNAVAILABLE` is worth another try. */
  static async open(address: Address, login: Login, events: LaneEvents): Promise<Lane> {
    let redis: Redis | undefined
    try {
      redis = await connect(address, { ...login, protocol: 2 }, CONNECT_TIMEOUT_MS)
      const [role] = (await within(CONNECT_TIMEOUT_MS, redis.call('ROLE'))) as [string]
      if (role !== 'master') throw unavailable(`The node is a ${role}, not the primary`)
    } catch (error) {
      if (redis !== undefined) drop(redis)
      throw asBackendError(error as Error)
    }
    const lane = new Lane(redis, events)
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
      const batch = new Batch(commands, awaited, tell, covered => {
        clearTimeout(this.#timer)
        this.#batch = undefined
        this.lastUsed = performance.now()
        resolve(covered)
      })
      this.#batch = batch
      this.#timer = setTimeout(() => this.#suspect(), REPLY_TIMEOUT_MS + (awaited.count > 0 ? WAIT_MS : 0))
      this.#write(batch.request())
    })
  }

  /** Destroys the socket at once: nothing more reaches the node. A batch in flight ends with unknown outcome. */
  destroy(): void {
    drop(this.#redis)
    this.#close()
  }

  #write(request: Request): void {
    const { stream } = this.#redis
    const chunks = request.chunks()
    const areMany = chunks.length > 1
    if (areMany) stream.cork()
    for (const chunk of chunks) {
      if (Buffer.isBuffer(chunk)) stream.write(chunk)
      else stream.write(chunk.text, chunk.encoding)
    }
    if (areMany) stream.uncork()
  }

  #hear(piece: Buffer): void {
    let replies: readonly (Reply | Error)[]
    try {
      replies = this.#replies.read(piece)
    } catch {
      this.destroy()
      return
    }
    for (const reply of replies) {
      // Nothing was asked: whatever it is, it would be taken for the answer to what is asked next.
      if (this.#batch === undefined) {
        this.destroy()
        return
      }
      this.#batch.hear(reply)
    }
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
  readonly #awaited: Awaited
  readonly #tell: (command: Command, outcome: Outcome) => void
  readonly #done: (covered: Covered) => void
  /** How many of the commands have an outcome. */
  #told = 0
  /** Those to the command that is next. */
  #replies: Reply[] = []
  #failure: Error | undefined
  /** What is to come behind the commands: of the WAIT and of the question who has answered. */
  readonly #behind: ('WAIT' | 'ROLE')[]
  #count = 0
  #role: Role | undefined
  #refusal: Error | undefined

  constructor(
    commands: readonly Command[],
    awaited: Awaited,
    tell: (command: Command, outcome: Outcome) => void,
    done: (covered: Covered) => void,
  ) {
    this.#commands = commands
    this.#awaited = awaited
    this.#tell = tell
    this.#done = done
    this.#behind = awaited.count === 0 ? [] : awaited.isByName ? ['WAIT', 'ROLE'] : ['WAIT']
  }

  request(): Request {
    const request = new Request()
    for (const { parts } of this.#commands) for (const part of parts) request.add(part)
    const { count, gatherUntil } = this.#awaited
    for (const name of this.#behind) {
      if (name === 'ROLE') request.add(['ROLE'])
      else request.add(['WAIT', count, performance.now() < gatherUntil ? GATHERING_WAIT_MS : WAIT_MS])
    }
    return request
  }

  hear(reply: Reply | Error): void {
    const command = this.#commands[this.#told]
    if (command === undefined) this.#hearBehind(reply)
    else this.#hearOf(command, reply)
    if (this.#told === this.#commands.length && this.#behind.length === 0) {
      this.#done(this.#refusal ?? { count: this.#count, role: this.#role })
    }
  }

  /** What has no reply yet gets none: unknown. */
  abort(): void {
    const lost = new Error('The connection to Redis was lost.')
    for (const command of this.#commands.slice(this.#told)) this.#tell(command, lost)
    this.#done('lost')
  }

  #hearOf({ parts }: Command, reply: Reply | Error): void {
    if (reply instanceof Error) {
      this.#failure ??= reply
      this.#replies.push(null)
    } else this.#replies.push(reply)
    if (this.#replies.length < parts.length) return
    const outcome = this.#failure ?? this.#replies
    const command = this.#commands[this.#told]!
    this.#told += 1
    this.#failure = undefined
    this.#replies = []
    this.#tell(command, outcome)
  }

  #hearBehind(reply: Reply | Error): void {
    const name = this.#behind.shift()
    if (reply instanceof Error) this.#refusal ??= reply
    else if (name === 'WAIT') this.#count = reply as number
    else this.#role = parseRole(reply)
  }
}

function asBackendError(error: Error): SessionError {
  if (error instanceof SessionError) return error
  return connectionError(error) ?? unavailable('No connection to the primary', error)
}
