/** What a client asks of a node, counted on the way: commands, turns and bytes. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Observed, startObserved } from './proxy.ts'
import { commandName, RespFrames } from './resp-frames.ts'

/** What passed while something was done, but for what connections need for themselves: to open, and for their heartbeat. */
export interface Traffic {
  /** Names in lower case, in the order in which they came. */
  commands: string[]
  /** How often something was sent after an answer had come: what leaves together shares one. Of one request at a time. */
  roundTrips: number
  /** Of the commands, to the node. */
  bytesSent: number
  /** Of their answers. */
  bytesReceived: number
}

export interface Meter extends AsyncDisposable {
  /** Clients go here instead of to the node, for example by a `natMap`. */
  host: string
  port: number
  /** Does something, and counts until all that it began is answered; for clients of this process. One at a time. */
  during(work: () => Promise<unknown>): Promise<Traffic>
  stop(): Promise<void>
}

/** No request asks for them, but for a ROLE behind a WAIT, which says who has acknowledged. */
const OF_A_CONNECTION: ReadonlySet<string> = new Set(['hello', 'auth', 'select', 'role'])

/** Turns of the event loop without traffic, after which nothing more is on its way from a client of this process. */
const CALM_TURNS = 10

/** Counts what passes between its own free port and a port of this machine. */
export async function startMeter(target: { port: number }): Promise<Meter> {
  const count = new Count()
  const proxy = await startObserved(target, () => new Line(count))
  return {
    host: proxy.host,
    port: proxy.port,
    async during(work) {
      await count.settled()
      count.begin()
      await work()
      await count.settled()
      return count.traffic
    },
    stop: () => proxy.stop(),
    [Symbol.asyncDispose]: () => proxy.stop(),
  }
}

class Count {
  traffic: Traffic = { commands: [], roundTrips: 0, bytesSent: 0, bytesReceived: 0 }
  #unanswered = 0
  #isAnswered = true

  begin(): void {
    this.traffic = { commands: [], roundTrips: 0, bytesSent: 0, bytesReceived: 0 }
    this.#isAnswered = true
  }

  sent(name: string, bytes: number): void {
    this.traffic.commands.push(name)
    this.traffic.bytesSent += bytes
    if (this.#isAnswered) this.traffic.roundTrips += 1
    this.#isAnswered = false
    this.#unanswered += 1
  }

  answered(bytes: number): void {
    this.traffic.bytesReceived += bytes
    this.#isAnswered = true
    this.#unanswered -= 1
  }

  async settled(): Promise<void> {
    for (let calm = 0; calm < CALM_TURNS; calm += 1) {
      const before = this.traffic.commands.length
      await nextTurn()
      if (this.#unanswered > 0 || this.traffic.commands.length > before) calm = -1
    }
  }
}

/** One connection. */
class Line implements Observed {
  readonly #count: Count
  readonly #commands = new RespFrames()
  readonly #answers = new RespFrames()
  /** Of each command without its answer: whether it is counted. */
  readonly #open: boolean[] = []
  #last = ''

  constructor(count: Count) {
    this.#count = count
  }

  sent(chunk: Buffer): void {
    for (const frame of this.#commands.push(chunk)) {
      const name = commandName(frame)
      const isCounted = !OF_A_CONNECTION.has(name) || (name === 'role' && this.#last === 'wait')
      if (isCounted) this.#count.sent(name, frame.length)
      this.#open.push(isCounted)
      this.#last = name
    }
  }

  received(chunk: Buffer): void {
    for (const frame of this.#answers.push(chunk)) {
      if (this.#open.shift()) this.#count.answered(frame.length)
    }
  }

  closed(): void {
    for (const isCounted of this.#open.splice(0)) {
      if (isCounted) this.#count.answered(0)
    }
  }
}
