/** The connections to one primary: lanes for reads and lanes for writes, up to `poolSize` together. */
import type { Command, Sending } from './command.ts'
import type { Outcome } from './lane.ts'
import { Lanes, type LanesOptions, type OpenLane } from './lanes.ts'
import { unavailable } from './redis-errors.ts'

export type Kind = 'read' | 'write'

export interface PoolOptions extends Omit<LanesOptions, 'room'> {
  poolSize: number
}

export class Pool {
  readonly #lanes: Record<Kind, Lanes>

  constructor(options: PoolOptions) {
    const room = (): number => options.poolSize - this.size
    this.#lanes = { read: new Lanes({ ...options, room }), write: new Lanes({ ...options, room }) }
  }

  get size(): number {
    return this.#lanes.read.size + this.#lanes.write.size
  }

  get waiting(): number {
    return this.#lanes.read.waiting + this.#lanes.write.waiting
  }

  get isBusy(): boolean {
    return this.#both.some(lanes => lanes.isBusy)
  }

  isHeld(kind: Kind): boolean {
    return this.#lanes[kind].isHeld
  }

  push(kind: Kind, command: Command): void {
    this.#lanes[kind].push(command)
  }

  /** While commands are held: past all that waits. */
  sendNow(kind: Kind, batch: readonly Sending[]): Promise<Outcome[]> {
    return this.#lanes[kind].sendNow(batch)
  }

  /** Opens a lane of each kind, or none; commands flow when `release` is called. Rejects with an `ERR_BACKEND_*`. */
  async prepare(open: OpenLane): Promise<void> {
    await Promise.all(this.#both.map(lanes => lanes.prepare(open)))
    this.requireBoth()
  }

  /** A promotion kills the connections of clients, also those that came a moment ago. */
  requireBoth(): void {
    if (this.#both.some(lanes => lanes.size === 0)) throw unavailable('The primary closed a connection at once')
  }

  release(): void {
    for (const lanes of this.#both) lanes.release()
  }

  /** Gives up all connections at once; what was in flight goes back to the queue. */
  destroy(): void {
    for (const lanes of this.#both) lanes.destroy()
  }

  /** Waits a little for so many replicas to have all that was written. */
  cover(replicas: number): Promise<void> {
    return this.#lanes.write.cover(replicas)
  }

  expire(why: string): void {
    for (const lanes of this.#both) lanes.expire(performance.now(), why)
  }

  end(error: Error): void {
    for (const lanes of this.#both) lanes.end(error)
  }

  failAll(error: Error): void {
    for (const lanes of this.#both) lanes.failAll(error)
  }

  closeIdle(): void {
    for (const lanes of this.#both) lanes.closeIdle(performance.now())
  }

  get #both(): Lanes[] {
    return Object.values(this.#lanes)
  }
}
