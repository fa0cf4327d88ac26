/**
 * The deadlines that this process has seen or set: a GET does not tell them, and a touch is due only when one is old. Bounded;
 * what was forgotten costs one PTTL beside the next GET.
 */
const MOST = 65_536

/** Two generations: what was not asked for while one of them filled goes with it, and what is asked for needs no new place each time. */
export class Deadlines {
  #young = new Map<string, number>()
  #old = new Map<string, number>()
  readonly #forgotten: ((key: string) => void) | undefined

  /** `forgotten` hears of each session that is forgotten: it is not there any more. */
  constructor(forgotten?: (key: string) => void) {
    this.#forgotten = forgotten
  }

  get(key: string): number | undefined {
    const known = this.#young.get(key)
    if (known !== undefined) return known
    const older = this.#old.get(key)
    if (older !== undefined) this.set(key, older)
    return older
  }

  set(key: string, expiresAt: number): void {
    this.#young.set(key, expiresAt)
    if (this.#young.size < MOST / 2) return
    this.#old = this.#young
    this.#young = new Map()
  }

  forget(key: string): void {
    this.#young.delete(key)
    this.#old.delete(key)
    this.#forgotten?.(key)
  }
}
