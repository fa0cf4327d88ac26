/**
 * The deadlines that this process has seen or set: a GET does not tell them, and a touch is due only when one is old. Bounded;
 * what was forgotten costs one PTTL beside the next GET.
 */
const MOST = 65_536

export class Deadlines {
  readonly #known = new Map<string, number>()
  readonly #forgotten: ((key: string) => void) | undefined

  /** `forgotten` hears of each session that is forgotten: it is not there any more. */
  constructor(forgotten?: (key: string) => void) {
    this.#forgotten = forgotten
  }

  get(key: string): number | undefined {
    return this.#known.get(key)
  }

  set(key: string, expiresAt: number): void {
    this.#known.delete(key)
    this.#known.set(key, expiresAt)
    if (this.#known.size > MOST) this.#known.delete(this.#known.keys().next().value!)
  }

  forget(key: string): void {
    this.#known.delete(key)
    this.#forgotten?.(key)
  }
}
