/**
 * The network of the model: every command of every instance stops here until the test delivers it, loses its reply, loses it, or
 * lets it linger and run later. What is lost is sent again with the same revision, as the lanes do.
 */
import type { Redis } from 'ioredis'
import type { Argument, Reply, Sent } from '../../src/command.ts'
import { Health } from '../../src/health.ts'
import type { Origin } from '../../src/journal.ts'
import type { Link } from '../../src/link.ts'
import type { NewPrimary } from '../../src/restore.ts'
import { WRITE_SCRIPT, WRITE_SHA } from '../../src/write-script.ts'

/** One instance's way to the store. */
interface Line {
  /** Of each shard, the store that it has caught up with. */
  stores: number[]
  isDead: boolean
  catchUp(primary: NewPrimary): Promise<unknown>
}

interface Waiting {
  line: Line
  shard: number
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
  /** Of a cluster: which shard has the key. Otherwise there is one. */
  readonly #shardOf: ((key: string) => number) | undefined
  /** Counts the primaries of each shard. */
  readonly #stores: number[] = []
  readonly #snapshots: State[] = []
  /** What the primary before this one had when it was left. */
  readonly #formers: State[] = []
  readonly #script: string
  readonly #lines = new Map<Link, Line>()
  readonly #waiting: Waiting[] = []
  /** Attempts that nobody waits for any more, and that may still run. */
  readonly #lingering: Waiting[] = []
  /** Of each key, the revision that retired it on each primary. A try anew on another primary is the same retire. */
  readonly #retired = new Map<string, Map<number, string>>()

  /** Another script than ours: how the model switches a rule off. */
  constructor(
    redis: Redis,
    prefix: string,
    script: string = WRITE_SCRIPT,
    passes: (verb: string) => boolean = () => true,
    shardOf?: (key: string) => number,
  ) {
    this.#redis = redis
    this.#prefix = prefix
    this.#script = script
    this.#passes = passes
    this.#shardOf = shardOf
  }

  link(): Link {
    const line: Line = { stores: [], isDead: false, catchUp: async () => {} }
    const link: Link = {
      send: (_kind, { parts }, _budget, { key }) =>
        new Promise((resolve, reject) => {
          if (line.isDead) return
          const shard = this.#shardOf?.(key) ?? 0
          this.#waiting.push({ line, shard, parts, uncertain: false, resolve, reject })
        }),
      beforeUse: catchUp => {
        line.catchUp = catchUp
      },
      stores: async () => [],
      ready: async () => {},
      close: async () => {},
      name: null,
      topology: this.#shardOf === undefined ? 'sentinel' : 'cluster',
      replicas: [],
      health: new Health(undefined),
      laneCount: 0,
      waiting: 0,
    }
    this.#lines.set(link, line)
    return link
  }

  /** Its process is dead: what has left already may still run. */
  drop(link: Link): void {
    const line = this.#lines.get(link)!
    line.isDead = true
    const others = this.#waiting.filter(command => command.line !== line)
    this.#waiting.splice(0, Number.POSITIVE_INFINITY, ...others)
  }

  /** What a replica has that lags behind from now on. */
  async snapshot(shard = 0): Promise<void> {
    this.#snapshots[shard] = await this.#state(shard)
  }

  /**
   * A failover: to a node that has nothing, what it had at the snapshot, or what the primary before this one had. What lingers runs on the
   * one that is left, for nothing.
   */
  async change(to: Successor, shard = 0): Promise<void> {
    this.#stores[shard] = this.#storeOf(shard) + 1
    const elsewhere = this.#lingering.filter(command => command.shard !== shard)
    this.#lingering.splice(0, Number.POSITIVE_INFINITY, ...elsewhere)
    const state = { empty: [], behind: this.#snapshots[shard] ?? [], former: this.#formers[shard] ?? [] }[to]
    const former = await this.#state(shard)
    this.#formers[shard] = former
    for (const { key } of former) await this.#redis.del(key)
    if (to === 'empty') this.#snapshots[shard] = []
    for (const { key, value, ttl } of state) await this.#redis.restore(key, Math.max(ttl, 0), value)
  }

  async #state(shard: number): Promise<State> {
    const all = await this.#redis.keys(`${this.#prefix}*`)
    const keys = all.filter(key => (this.#shardOf?.(key) ?? 0) === shard)
    return Promise.all(
      keys.map(async key => ({ key, value: await this.#redis.dumpBuffer(key), ttl: await this.#redis.pttl(key) })),
    )
  }

  /** Decides about one of the waiting commands. */
  async step(which: number, fate: Fate): Promise<void> {
    const command = this.#waiting.splice(which % Math.max(this.#waiting.length, 1), 1)[0]
    if (command === undefined) return
    await this.#catchUp(command)
    if (fate === 'deliver') {
      const replies = await this.#execute(command)
      command.resolve({
        replies,
        reply: replies[0]!,
        origin: this.#originOf(command.shard),
        uncertain: command.uncertain,
      })
    } else {
      if (fate === 'lose-reply') await this.#execute(command)
      if (fate === 'linger') this.#lingering.push({ ...command })
      command.uncertain = true
      this.#waiting.push(command)
    }
    await settled()
  }

  /** One that lingered runs now; its reply goes nowhere. */
  async late(which: number): Promise<void> {
    const command = this.#lingering.splice(which % Math.max(this.#lingering.length, 1), 1)[0]
    if (command !== undefined) await this.#execute(command)
  }

  /** How many retires were taken back by a failover: another revision retired the same key on a later primary. */
  get takenBack(): number {
    let again = 0
    for (const by of this.#retired.values()) again += by.size - 1
    return again
  }

  /** Delivers what is on the wire now. */
  async round(): Promise<void> {
    for (let left = this.#waiting.length; left > 0; left--) await this.step(0, 'deliver')
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
  async #catchUp({ line, shard }: Waiting): Promise<void> {
    const store = this.#storeOf(shard)
    if ((line.stores[shard] ?? 0) === store) return
    const origin = this.#originOf(shard)
    await line.catchUp({
      runId: [...origin.holders][0]!,
      dataSets: [origin.dataSet],
      origin,
      owns: key => (this.#shardOf?.(key) ?? 0) === shard,
      send: batch =>
        Promise.all(
          batch.map(async ({ parts }) => {
            const isPassed = parts[0]![0] !== 'EVALSHA' || this.#passes(scriptCallOf(parts).verb)
            return isPassed ? this.#run({ parts }).catch((error: Error) => error) : [0]
          }),
        ),
    })
    line.stores[shard] = store
  }

  #storeOf(shard: number): number {
    return this.#stores[shard] ?? 0
  }

  #originOf(shard: number): Origin {
    const name = `${shard}.${this.#storeOf(shard)}`
    return { dataSet: `data${name}`, holders: new Set([`node${name}`]) }
  }

  async #execute(command: Waiting): Promise<Reply[]> {
    const replies = await this.#run(command)
    const { key, verb, revision } = scriptCallOf(command.parts)
    if (verb === 'retire' && replies[0] === 1) this.#noteRetired(key, revision, this.#storeOf(command.shard))
    return replies
  }

  #noteRetired(key: string, revision: string, store: number): void {
    const by = this.#retired.get(key) ?? new Map<number, string>()
    this.#retired.set(key, by)
    if (!by.has(store) && ![...by.values()].includes(revision)) by.set(store, revision)
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

/** What a call of the write script says; of another command nothing that means anything. */
function scriptCallOf([part]: Waiting['parts']): { key: string; verb: string; revision: string } {
  const [, , count, key] = part!
  const at = 3 + Number(count)
  return { key: String(key), verb: String(part![at]), revision: String(part![at + 1]) }
}

/** Lets everything run that runs without the wire. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise(resolve => setImmediate(resolve))
}
