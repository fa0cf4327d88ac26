/**
 * The network of the model: every command of every instance stops here until the test delivers it, loses its reply, loses it, or
 * lets it linger and run later. What is lost is sent again with the same revision, as the lanes do.
 */
import type { Redis } from 'ioredis'
import type { Argument, Reply } from '../../src/command.ts'
import { Health } from '../../src/health.ts'
import type { Sent } from '../../src/primary.ts'
import type { Link } from '../../src/redis-backend.ts'
import { WRITE_SCRIPT, WRITE_SHA } from '../../src/write-script.ts'

interface Waiting {
  parts: readonly (readonly Argument[])[]
  uncertain: boolean
  resolve(sent: Sent): void
  reject(error: Error): void
}

export type Fate = 'deliver' | 'lose-reply' | 'lose' | 'linger'

export class Wire {
  readonly #redis: Redis
  readonly #script: string
  readonly #waiting: Waiting[] = []
  /** Attempts that nobody waits for any more, and that may still run. */
  readonly #lingering: Waiting[] = []

  /** Another script than ours: how the model switches a rule off. */
  constructor(redis: Redis, script: string = WRITE_SCRIPT) {
    this.#redis = redis
    this.#script = script
  }

  link(): Link {
    return {
      send: (_kind, { parts }) =>
        new Promise((resolve, reject) => {
          this.#waiting.push({ parts, uncertain: false, resolve, reject })
        }),
      ready: async () => {},
      close: async () => {},
      name: null,
      replicas: [],
      health: new Health(undefined),
      laneCount: 0,
      waiting: 0,
    }
  }

  /** Decides about one of the waiting commands. */
  async step(which: number, fate: Fate): Promise<void> {
    const command = this.#waiting.splice(which % Math.max(this.#waiting.length, 1), 1)[0]
    if (command === undefined) return
    if (fate === 'deliver') {
      const replies = await this.#run(command)
      command.resolve({ replies, uncertain: command.uncertain })
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

  async latecomers(): Promise<void> {
    while (this.#lingering.length > 0) await this.late(0)
  }

  #run({ parts }: Waiting): Promise<Reply[]> {
    return Promise.all(
      parts.map(([name, ...args]) =>
        name === 'EVALSHA' && args[0] === WRITE_SHA
          ? (this.#redis.callBuffer('EVAL', this.#script, ...args.slice(1)) as Promise<Reply>)
          : (this.#redis.callBuffer(name as string, ...args) as Promise<Reply>),
      ),
    )
  }
}

/** Lets everything run that runs without the wire. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise(resolve => setImmediate(resolve))
}
