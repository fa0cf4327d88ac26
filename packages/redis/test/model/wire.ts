/**
 * The network of the model: every command of every instance stops here until the test delivers it, loses its reply, loses it, or
 * lets it linger and run later. What is lost is sent again with the same revision, as the lanes do.
 */
import type { Redis } from 'ioredis'
import type { Argument, Reply } from '../../src/command.ts'
import { Health } from '../../src/health.ts'
import type { Origin } from '../../src/journal.ts'
import type { Link } from '../../src/link.ts'
import type { Sent } from '../../src/primary.ts'
import type { NewPrimary } from '../../src/restore.ts'
import { WRITE_SCRIPT, WRITE_SHA } from '../../src/write-script.ts'

/** One instance's way to the store. */
interface Line {
  /** The store that it has caught up with. */
  store: number
  catchUp(primary: NewPrimary): Promise<unknown>
}

interface Waiting {
  line: Line
  parts: readonly (readonly Argument[])[]
  uncertain: boolean
  resolve(sent: Sent): void
  reject(error: Error): void
}

type State = { key: string; value: Buffer; ttl: number }[]

export type Successor = 'empty' | 'behind' | 'former'

export type Fate = 'deliver' | 'lose-reply' | 'lose' | 'linger'

export class Wire {
  readonly #redis: Redis
  readonly #prefix: string
  /** Of what an instance writes when it catches up: how the model switches a rule of the journal off. */
  readonly #passes: (verb: string) => boolean
  /** Counts the primaries. */
  #store = 0
  #snapshot: State = []
  /** What the primary before this one had when it was left. */
  #former: State = []
  readonly #script: string
  readonly #waiting: Waiting[] = []
  /** Attempts that nobody waits for any more, and that may still run. */
  readonly #lingering: Waiting[] = []

  /** Another script than ours: how the model switches a rule off. */
  constructor(
    redis: Redis,
    prefix: string,
    script: string = WRITE_SCRIPT,
    passes: (verb: string) => boolean = () => true,
  ) {
    this.#redis = redis
    this.#prefix = prefix
    this.#script = script
    this.#passes = passes
  }

  link(): Link {
    const line: Line = { store: 0, catchUp: async () => {} }
    return {
      send: (_kind, { parts }) =>
        new Promise((resolve, reject) => {
          this.#waiting.push({ line, parts, uncertain: false, resolve, reject })
        }),
      beforeUse: catchUp => {
        line.catchUp = catchUp
      },
      stores: async () => [],
      ready: async () => {},
      close: async () => {},
      name: null,
      topology: 'sentinel',
      replicas: [],
      health: new Health(undefined),
      laneCount: 0,
      waiting: 0,
    }
  }

  /** What a replica has that lags behind from now on. */
  async snapshot(): Promise<void> {
    this.#snapshot = await this.#state()
  }

  /**
   * A failover: to a node that has nothing, what it had at the snapshot, or what the primary before this one had. What lingers runs on the
   * one that is left, for nothing.
   */
  async change(to: Successor): Promise<void> {
    this.#store += 1
    this.#lingering.length = 0
    const state = { empty: [], behind: this.#snapshot, former: this.#former }[to]
    this.#former = await this.#state()
    for (const { key } of this.#former) await this.#redis.del(key)
    if (to === 'empty') this.#snapshot = []
    for (const { key, value, ttl } of state) await this.#redis.restore(key, Math.max(ttl, 0), value)
  }

  async #state(): Promise<State> {
    const keys = await this.#redis.keys(`${this.#prefix}*`)
    return Promise.all(
      keys.map(async key => ({ key, value: await this.#redis.dumpBuffer(key), ttl: await this.#redis.pttl(key) })),
    )
  }

  /** Decides about one of the waiting commands. */
  async step(which: number, fate: Fate): Promise<void> {
    const command = this.#waiting.splice(which % Math.max(this.#waiting.length, 1), 1)[0]
    if (command === undefined) return
    await this.#catchUp(command.line)
    if (fate === 'deliver') {
      const replies = await this.#run(command)
      command.resolve({ replies, origin: originOf(this.#store), uncertain: command.uncertain })
    } else {
      if (fate === 'lose-reply') await this.#run(command)
      if (fate === 'linger') this.#lingering.push({ ...command })
      command.uncertain = true
      this.#waiting.push(command)
    }
    await settled()
  }

  /** One that lingered runs now; its reply goes nowhere. */
  async late(which: number): Promise<void> {
    const command = this.#lingering.splice(which % Math.max(this.#lingering.length, 1), 1)[0]
    if (command !== undefined) await this.#run(command)
  }

  async rest(): Promise<void> {
    while (this.#waiting.length > 0) await this.step(0, 'deliver')
  }

  /** Delivers all that is on the wire until the work is done. A commit that pauses between two tries is not on it. */
  async until<X>(work: Promise<X>): Promise<X> {
    let isDone = false
    const over = (): void => {
      isDone = true
    }
    work.then(over, over)
    while (!isDone) {
      await this.rest()
      await new Promise(resolve => setTimeout(resolve, 1))
    }
    return work
  }

  async latecomers(): Promise<void> {
    while (this.#lingering.length > 0) await this.late(0)
  }

  /** No instance sends anything to a new primary before it has caught up. */
  async #catchUp(line: Line): Promise<void> {
    if (line.store === this.#store) return
    await line.catchUp({
      runId: `node${this.#store}`,
      dataSets: [`data${this.#store}`],
      origin: originOf(this.#store),
      send: batch =>
        Promise.all(
          batch.map(async ({ parts }) => {
            const isPassed = parts[0]![0] !== 'EVALSHA' || this.#passes(String(parts[0]![3 + Number(parts[0]![2])]))
            return isPassed ? this.#run({ parts }) : [0]
          }),
        ),
    })
    line.store = this.#store
  }

  #run({ parts }: Pick<Waiting, 'parts'>): Promise<Reply[]> {
    return Promise.all(
      parts.map(([name, ...args]) =>
        name === 'EVALSHA' && args[0] === WRITE_SHA
          ? (this.#redis.callBuffer('EVAL', this.#script, ...args.slice(1)) as Promise<Reply>)
          : (this.#redis.callBuffer(name as string, ...args) as Promise<Reply>),
      ),
    )
  }
}

function originOf(store: number): Origin {
  return { dataSet: `data${store}`, holders: new Set([`node${store}`]) }
}

/** Lets everything run that runs without the wire. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise(resolve => setImmediate(resolve))
}
