/** The search for a primary: one at a time, again and again, for as long as somebody waits for it. */
import type { SessionError } from '@sentinel-session/core'
import { pause } from './pause.ts'

export interface SearchOptions {
  /** One try; resolves with what went wrong. */
  open(): Promise<SessionError | undefined>
  /** Somebody waits, and there is no primary yet. */
  isNeeded(): boolean
  /** Fails those that have waited for too long. */
  expire(): void
  /** Nobody needs to wait for this any more. */
  failAll(error: SessionError): void
}

/** A refusal that only a change of configuration mends is not asked for again within this time. */
const REFUSAL_MS = 1_000
/** How often those that wait are checked for having waited too long. */
const WATCH_MS = 25
/** A primary that is lost sooner than this after it was found is not asked again at once. */
const FLAPPING_MS = 100

export class Search {
  readonly #options: SearchOptions
  #attempt: Promise<SessionError | undefined> | undefined
  #isOn = false
  #foundAt = 0
  #refused: { error: SessionError; at: number } | undefined
  #watch: NodeJS.Timeout | undefined

  constructor(options: SearchOptions) {
    this.#options = options
  }

  /** What was refused a moment ago, and would be again. */
  get refusal(): SessionError | undefined {
    const { error, at = 0 } = this.#refused ?? {}
    return performance.now() - at < REFUSAL_MS ? error : undefined
  }

  /** Tries at least once. */
  async begin(): Promise<void> {
    if (this.#isOn) return
    this.#isOn = true
    this.#watch = setInterval(() => this.#options.expire(), WATCH_MS)
    if (performance.now() - this.#foundAt < FLAPPING_MS) await pause()
    do {
      const failure = await this.once()
      if (failure === undefined) break
      if (isFinal(failure)) {
        this.#options.failAll(failure)
        break
      }
      await pause()
    } while (this.#options.isNeeded())
    this.end()
    this.#isOn = false
  }

  /** One try, which all that ask meanwhile share. */
  once(): Promise<SessionError | undefined> {
    this.#attempt ??= this.#options.open().then(failure => {
      this.#attempt = undefined
      if (failure === undefined) {
        this.#foundAt = performance.now()
        this.#refused = undefined
      } else if (isFinal(failure)) this.#refused = { error: failure, at: performance.now() }
      return failure
    })
    return this.#attempt
  }

  /** Tries until the time is over. Rejects with what went wrong last. */
  async until(deadline: number): Promise<void> {
    for (;;) {
      const failure = await this.once()
      if (failure === undefined) return
      if (isFinal(failure) || performance.now() > deadline) throw failure
      await pause()
    }
  }

  end(): void {
    clearInterval(this.#watch)
  }
}

/** Only a change of configuration mends these; to ask again at once is of no use. */
function isFinal({ code }: SessionError): boolean {
  return code !== 'ERR_BACKEND_UNAVAILABLE' && code !== 'ERR_BACKEND_SENTINELS'
}
