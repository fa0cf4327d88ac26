/** Beego's verbs on a request and its response, for code that has no adapter around it: start, regenerate, destroy. */
import type { Awaitable } from './codec.ts'
import type { HeadPatch } from './head-patch.ts'
import type { RequestFacts } from './options.ts'
import { PerObject } from './per-object.ts'
import { Session } from './session.ts'

/** A request with its response: what Beego's verbs are given. Adapters export `exchange(…)`, the same object for the same request. */
export interface Exchange extends RequestFacts {
  /** Puts headers on the response. It should throw when the head has left. */
  apply(patch: HeadPatch): void
}

/** What a commit wants to know of a response. */
export interface Answer {
  readonly status: number
  readonly cacheControl?: string | undefined
}

/** A session and how its request ends. */
export interface Opened<T extends object, R extends Partial<T>> {
  session: Session<T, R>
  commit(response: Answer): Awaitable<HeadPatch>
}

type HeaderLine = HeadPatch['append'][number]

interface Begun<T extends object, R extends Partial<T>> {
  session: Session<T, R>
  /** An adapter opened it, and commits it too. */
  byAdapter: boolean
}

/** One session per request: whatever becomes of its sid, later calls mean the same one. */
export class Exchanges<T extends object, R extends Partial<T>> {
  readonly #open: (request: RequestFacts) => Promise<Opened<T, R>>
  readonly #begun = new PerObject<RequestFacts, Promise<Begun<T, R>> | Begun<T, R>>('the session that began')

  constructor(open: (request: RequestFacts) => Promise<Opened<T, R>>) {
    this.#open = open
  }

  /** An adapter opened this one for the request. */
  adopt(request: RequestFacts, session: Session<T, R>): void {
    this.#begun.set(request, { session, byAdapter: true })
  }

  async start(exchange: Exchange): Promise<Session<T, R>> {
    const known = this.#begun.get(exchange)
    if (known === undefined) return this.#startAnew(exchange)
    const { session, byAdapter } = await known
    if (byAdapter || session.status !== 'destroyed') return session.load()
    // Another call may have begun the next session meanwhile.
    return this.#begun.get(exchange) === known ? this.#startAnew(exchange) : this.start(exchange)
  }

  async regenerate(exchange: Exchange): Promise<Session<T, R>> {
    const session = await this.start(exchange)
    session.regenerate()
    await session.save()
    return session
  }

  async destroy(exchange: Exchange): Promise<void> {
    const session = await this.start(exchange)
    await session.destroy()
  }

  async #startAnew(exchange: Exchange): Promise<Session<T, R>> {
    const begins = this.#begin(exchange)
    this.#begun.set(exchange, begins)
    try {
      return (await begins).session
    } catch (error) {
      this.#begun.delete(exchange)
      throw error
    }
  }

  async #begin(exchange: Exchange): Promise<Begun<T, R>> {
    const { session, commit } = await this.#open(exchange)
    await session.load()
    const applied = new Set<string>()
    const isNew = (header: HeaderLine): boolean => !applied.has(header.join(': '))
    Session.deliver(session, async () => {
      const { append, set } = await commit({ status: 200 })
      const patch = { append: append.filter(isNew), set: set.filter(isNew) }
      if (patch.append.length + patch.set.length === 0) return
      exchange.apply(patch)
      for (const header of [...append, ...set]) applied.add(header.join(': '))
    })
    return { session, byAdapter: false }
  }
}
