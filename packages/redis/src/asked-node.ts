/**
 * A node that is asked the same again and again: the line to it is kept open, and opened anew when it is gone. One that is frozen never
 * delays the others.
 */
import type { Redis } from 'ioredis'
import { connect, drop, type Login, within } from './connection.ts'
import type { Address } from './topology.ts'

/** A node may take this long to answer. */
export const ANSWER_TIMEOUT_MS = 300

export interface AskedNodeOptions<View> {
  address: Address
  login: Login
  /** What is to be done on a new connection, and then asked on it again and again. */
  begin(redis: Redis): Promise<() => Promise<View | undefined>>
  /** The connection has ended by itself: worth a question. */
  lost(): void
}

interface Line<View> {
  redis: Redis
  question(): Promise<View | undefined>
}

export class AskedNode<View> {
  readonly #options: AskedNodeOptions<View>
  #line: Promise<Line<View>> | undefined
  #isClosed = false
  /** What it said last; undefined when it cannot be asked, or knows nothing. */
  view: View | undefined
  /** Why it cannot be asked. */
  error: Error | undefined

  constructor(options: AskedNodeOptions<View>) {
    this.#options = options
  }

  /** Asks now, over a new connection if need be. Never rejects: see `view` and `error`. */
  async ask(): Promise<void> {
    if (this.#isClosed) return
    const connecting = this.#line ?? this.#connect()
    this.#line = connecting
    try {
      const { question } = await connecting
      this.view = await within(ANSWER_TIMEOUT_MS, question())
      this.error = undefined
    } catch (error) {
      this.view = undefined
      this.error = error as Error
      this.#hangUp(connecting)
    }
  }

  close(): void {
    this.#isClosed = true
    this.view = undefined
    if (this.#line !== undefined) this.#hangUp(this.#line)
  }

  async #connect(): Promise<Line<View>> {
    const { address, login, begin, lost } = this.#options
    const redis = await connect(address, login, ANSWER_TIMEOUT_MS)
    try {
      if (this.#isClosed) throw new Error('The backend was closed.')
      const question = await begin(redis)
      redis.once('end', () => {
        this.view = undefined
        if (!this.#isClosed) lost()
      })
      return { redis, question }
    } catch (error) {
      drop(redis)
      throw error
    }
  }

  /** Once: many who ask at the same time give up one after the other. */
  #hangUp(connecting: Promise<Line<View>>): void {
    if (this.#line !== connecting) return
    this.#line = undefined
    connecting.then(
      ({ redis }) => drop(redis),
      () => undefined,
    )
  }
}
