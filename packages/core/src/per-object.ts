/**
 * What belongs to a request, kept on the object that stands for it. A WeakMap would do the same and costs each request several times as much:
 * the garbage collector has to look at all that it holds, which lives until the old generation is collected.
 */
export class PerObject<Owner extends object, Value> {
  readonly #key: symbol

  /** `what` it is, for whoever inspects an owner. */
  constructor(what: string) {
    this.#key = Symbol(`sentinel-session: ${what}`)
  }

  /** Throws a `TypeError` for an owner that was frozen. */
  set(owner: Owner, value: Value): void {
    ;(owner as Record<symbol, unknown>)[this.#key] = value
  }

  get(owner: Owner): Value | undefined {
    return (owner as Record<symbol, unknown>)[this.#key] as Value | undefined
  }

  delete(owner: Owner): void {
    ;(owner as Record<symbol, unknown>)[this.#key] = undefined
  }
}
