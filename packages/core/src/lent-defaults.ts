/**
 * The schema's defaults, as one request sees them. A default is lent, not stored: only when the handler changed it in place does it become
 * a value of the session.
 */
import { copyOf } from './copy-value.ts'
import { deepEqual } from './deep-equal.ts'
import type { Data } from './merge.ts'

export class LentDefaults {
  readonly #make: () => Data
  #fresh: Data | undefined
  readonly #lent = new Map<string, { value: unknown; untouched: unknown }>()

  /** `make` gives the defaults anew, for this session alone; it is called when one is asked for. */
  constructor(make: () => Data) {
    this.#make = make
  }

  keys(): string[] {
    return Object.keys(this.#all)
  }

  has(key: string): boolean {
    return key in this.#all
  }

  /** The same object each time, until it was forgotten. */
  lend(key: string): unknown {
    const lent = this.#lent.get(key)
    if (lent !== undefined) return lent.value
    const value = copyOf(this.#all[key])
    if (typeof value === 'object' && value !== null) this.#lent.set(key, { value, untouched: copyOf(value) })
    return value
  }

  /** A value took the place of what was lent. */
  forget(key: string): void {
    this.#lent.delete(key)
  }

  /** What was changed in place since it was lent; it is lent no longer. */
  takeChanged(): [key: string, value: unknown][] {
    const changed = [...this.#lent].filter(([, { value, untouched }]) => !deepEqual(value, untouched))
    for (const [key] of changed) this.#lent.delete(key)
    return changed.map(([key, { value }]) => [key, value])
  }

  get #all(): Data {
    this.#fresh ??= this.#make()
    return this.#fresh
  }
}
