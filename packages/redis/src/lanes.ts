/**
 * The lanes of one kind, reads or writes: what is ready leaves as one batch on an idle lane. Many that wait for replicas leave as two
 * halves: one is worked on here while the other waits. Batches fall apart over many connections, so any other lane opens only while a
 * batch waits longer than a round trip takes.
 */
import { Command, type Sending } from './command.ts'
import type { Explained } from './explain.ts'
import type { Acknowledged, Awaited, Covered, Lane, LaneEvents, Outcome } from './lane.ts'
import { pauseMs } from './pause.ts'
import type { Durability, Quorum } from './quorum.ts'
import { judge, unavailable } from './redis-errors.ts'
import { SentBatch } from './sent-batch.ts'

/** Opens one connection more to the current primary. */
export type OpenLane = (events: LaneEvents) => Promise<Lane>

export interface LanesOptions {
  /** How many more connections the pool allows now. */
  room(): number
  idleTimeoutMs: number
  /** What a batch waits for of which this is the strictest command. */
  quorum(durability: Durability): Quorum
  /** Whether those that were meant have it. */
  isConfirmed(quorum: Quorum, acknowledged: Acknowledged): Promise<boolean>
  /** Why they have not. */
  explain(quorum: Quorum, acknowledged: Acknowledged): Promise<Explained>
  /** The primary is no good: it hangs, it is a replica, or the last lane is gone. */
  leave(reason: 'hung' | 'demoted' | 'closed'): void
}

const FOR_NOBODY: Awaited = { count: 0, isByName: false, gatherUntil: 0 }

/** So many commands are worth a second WAIT at the same time. */
const MANY = 32

export class Lanes {
  readonly #options: LanesOptions
  readonly #lanes = new Set<Lane>()
  #queue: Command[] = []
  #flushing = false
  /** Batches without their answers. */
  #running = 0
  #ended: Error | undefined
  #open: OpenLane | undefined
  #opening = false
  /** Counts the primaries: a connection that was begun for one never serves another. */
  #generation = 0
  #held = true
  #pause: NodeJS.Timeout | undefined
  /** How long a batch takes, smoothed. */
  #roundTripMs = 1

  constructor(options: LanesOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#lanes.size
  }

  get waiting(): number {
    return this.#queue.length
  }

  /** Something is queued, in flight or being explained. */
  get isBusy(): boolean {
    return this.#queue.length > 0 || this.#running > 0
  }

  /** Commands are kept back: there is no primary, or it cannot serve right now. */
  get isHeld(): boolean {
    return this.#held || this.#pause !== undefined
  }

  push(command: Command): void {
    if (this.#ended !== undefined) {
      command.fail(this.#ended)
      return
    }
    this.#queue.push(command)
    this.#flushSoon()
  }

  /** Sends while commands are held: for what must be known or done before they go on. Rejects when the connection is lost. */
  async sendNow(batch: readonly Sending[]): Promise<Outcome[]> {
    const [lane] = this.#lanes
    const outcomes = new Map<Command, Outcome>()
    const commands = batch.map(sending => new Command(sending, undefined, 0, ignore, ignore))
    let left = commands
    while (left.length > 0) {
      await lane?.send(left, FOR_NOBODY, (command, outcome) => outcomes.set(command, outcome))
      if (lane === undefined || !lane.isOpen) throw unavailable('The connection to the primary was lost')
      left = left.filter(command => judge(outcomes.get(command)) === 'load-script')
      for (const command of left) command.sendWholeScript()
    }
    return commands.map(command => outcomes.get(command)!)
  }

  /** Waits a little for so many replicas to have what each lane has written. */
  async cover(replicas: number): Promise<void> {
    const idle = [...this.#lanes].filter(lane => lane.isIdle && replicas > 0)
    await Promise.all(idle.map(lane => lane.send([], { ...FOR_NOBODY, count: replicas }, ignore)))
  }

  /** Opens the first lane; commands flow when `release` is called. */
  async prepare(open: OpenLane): Promise<void> {
    this.#open = open
    if (this.#lanes.size > 0) return
    const generation = this.#generation
    this.#admit(await open(this), generation)
  }

  release(): void {
    this.#held = false
    this.#flush()
  }

  /** Gives up all connections at once; what was in flight goes back to the queue. */
  destroy(): void {
    this.#held = true
    this.#generation += 1
    for (const lane of [...this.#lanes]) lane.destroy()
  }

  /** Fails what has waited for as long as its request may. */
  expire(now: number, why: string): void {
    const kept = this.#queue.filter(command => command.deadline > now)
    const overdue = this.#queue.filter(command => command.deadline <= now)
    this.#queue = kept
    for (const command of overdue) command.fail(unavailable(why))
  }

  /** For good: what waits fails, and what is still on its way fails when it comes back. */
  end(error: Error): void {
    this.#ended = error
    this.destroy()
    this.failAll(error)
  }

  failAll(error: Error): void {
    const failed = this.#queue
    this.#queue = []
    for (const command of failed) command.fail(error)
  }

  closeIdle(now: number): void {
    for (const lane of this.#lanes) {
      if (this.#lanes.size > 1 && lane.isIdle && now - lane.lastUsed > this.#options.idleTimeoutMs) lane.destroy()
    }
  }

  closed(lane: Lane, hung: boolean): void {
    if (!this.#lanes.delete(lane)) return
    if (hung) this.#options.leave('hung')
    else if (this.#lanes.size === 0 && !this.#held) this.#options.leave('closed')
  }

  /** Behind all requests that are there to be read: between two of them there are microtasks, so each would leave by itself. */
  #flushSoon(): void {
    if (this.#flushing || this.isHeld) return
    this.#flushing = true
    setImmediate(() => {
      this.#flushing = false
      this.#flush()
    })
  }

  #flush(): void {
    if (this.isHeld || this.#queue.length === 0) return
    if (this.#lanes.size === 0) {
      this.#options.leave('closed')
      return
    }
    const idle = [...this.#lanes].filter(({ isIdle }) => isIdle)
    const [first, second] = idle
    if (first === undefined) {
      this.#considerAnother()
      return
    }
    if (
      this.#queue.length >= MANY &&
      idle.length === this.#lanes.size &&
      this.#options.quorum(strictest(this.#queue)).count > 0
    ) {
      if (second === undefined) this.#openAnother()
      else void this.#run(second, this.#take(Math.floor(this.#queue.length / 2)))
    }
    if (this.#queue.length > 0) void this.#run(first, this.#take(this.#queue.length))
  }

  /** So many from the front, but never a create without the end behind it: a regenerate leaves as one batch. */
  #take(count: number): Command[] {
    let next = count
    while (this.#queue[next]?.durability === 'expected') next += 1
    return this.#queue.splice(0, next)
  }

  async #run(lane: Lane, commands: readonly Command[]): Promise<void> {
    const start = performance.now()
    this.#running += 1
    const quorum = this.#options.quorum(strictest(commands))
    const batch = new SentBatch(commands, quorum)
    const covered = await lane.send(commands, quorum, (command, outcome) => batch.hear(command, outcome))
    this.#roundTripMs += (performance.now() - start - this.#roundTripMs) / 8
    this.#flush()
    await this.#cover(batch, covered)
    this.#running -= 1
    this.#sendAgain(batch)
  }

  /** Answers what was done, if the replicas have it or are excused. */
  async #cover(batch: SentBatch, covered: Covered): Promise<void> {
    if (batch.done.length === 0) return
    if (covered === 'lost') return batch.doubtDone(undefined)
    if (covered instanceof Error) return batch.doubtDone('leave')
    const { quorum } = batch
    if (await this.#options.isConfirmed(quorum, covered)) return batch.answerDone(quorum.origin)
    const explained = await this.#options.explain(quorum, covered)
    if (explained === 'accept') batch.answerDone(quorum.own)
    else batch.doubtDone(explained === 'leave' ? 'leave' : 'pause')
  }

  /** What is to be sent again goes in front, in its order. */
  #sendAgain({ again, move }: SentBatch): void {
    if (this.#ended !== undefined) {
      for (const command of again) command.fail(this.#ended)
      return
    }
    this.#queue.unshift(...again)
    if (move === 'leave') this.#options.leave('demoted')
    if (move === 'pause') this.#pauseBriefly()
    this.#flush()
  }

  #admit(lane: Lane, generation: number): void {
    if (generation === this.#generation && lane.isOpen) this.#lanes.add(lane)
    else lane.destroy()
  }

  #pauseBriefly(): void {
    this.#pause ??= setTimeout(() => {
      this.#pause = undefined
      this.expire(performance.now(), 'The primary cannot serve right now')
      this.#flush()
    }, pauseMs())
  }

  #considerAnother(): void {
    const waited = performance.now() - this.#queue[0]!.since
    if (waited > Math.max(this.#roundTripMs, 1)) this.#openAnother()
  }

  #openAnother(): void {
    if (this.#opening || this.#options.room() <= 0) return
    const generation = this.#generation
    this.#opening = true
    this.#open!(this).then(
      lane => {
        this.#opening = false
        this.#admit(lane, generation)
        this.#flush()
      },
      () => {
        // The lanes at work go on; to try again at once would only spin.
        this.#opening = false
      },
    )
  }
}

function ignore(): void {}

const ORDER: readonly Durability[] = ['none', 'configured', 'expected']

function strictest(commands: readonly Command[]): Durability {
  return ORDER[Math.max(...commands.map(({ durability }) => ORDER.indexOf(durability)))]!
}
