/**
 * A read-only property of the contexts of an app: a getter on what they all inherit from, and the value under a symbol. To V8 an own property that
 * cannot be written costs each request what all else here costs together (docs/decisions/026-what-v8-learns.md).
 */
import { PerObject, requireFree } from '@sentinel-session/core/internal'

/** One for each name, whatever middleware puts it there: apps that are mounted in another one share its contexts. */
const byName = new Map<string, ContextProperty>()

export class ContextProperty {
  readonly #name: string
  readonly #values: PerObject<object, unknown>
  readonly #hasGetter: PerObject<object, true>

  private constructor(name: string) {
    this.#name = name
    this.#values = new PerObject(name)
    this.#hasGetter = new PerObject(name)
  }

  static named(name: string): ContextProperty {
    const known = byName.get(name) ?? new ContextProperty(name)
    byName.set(name, known)
    return known
  }

  /** Throws `ERR_CONFIG_OPTION` where the context has something of that name already. */
  requireFree(ctx: object): void {
    requireFree(this.#values.get(ctx) !== undefined || Object.hasOwn(ctx, this.#name), this.#name)
  }

  set(ctx: object, value: unknown): void {
    if (this.#hasGetter.get(ctx)) this.#values.set(ctx, value)
    else if (this.#name in ctx) {
      // As of koa-session, which puts a getter of its own there: it stays for the contexts that are not ours.
      Object.defineProperty(ctx, this.#name, { value })
    } else {
      this.#extend(Object.getPrototypeOf(ctx))
      this.#values.set(ctx, value)
    }
  }

  #extend(contexts: object): void {
    const [name, values] = [this.#name, this.#values]
    Object.defineProperty(contexts, name, {
      get() {
        return values.get(this)
      },
      /** Where the middleware does not run, others may mean something else by the name. */
      set(value) {
        if (values.get(this) !== undefined) throw new TypeError(`ctx.${name} is read-only.`)
        Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true })
      },
    })
    this.#hasGetter.set(contexts, true)
  }
}
