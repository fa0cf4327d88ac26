/** `ctx.session` as koa-session has it: values are plain properties, and what the library keeps begins with `_`. */
import type { CommitOptions, ContextSession } from './context-session.ts'

type Done = (error?: unknown) => void

/** Values are plain properties. Names that begin with `_` are not stored, nor are functions. */
export class CompatSession {
  // biome-ignore lint/suspicious/noExplicitAny: whatever the application keeps
  [key: string]: any
  readonly #of: ContextSession
  /** Nothing was stored for this visitor. */
  isNew: boolean

  constructor(of: ContextSession, stored?: Record<string, unknown>) {
    this.#of = of
    this.isNew = stored === undefined
    for (const [key, value] of Object.entries(stored ?? {})) {
      if (key === '_maxAge') of.options.maxAge = value as number
      else if (key === '_session') of.options.maxAge = 'session'
      else if (key !== '__proto__') Reflect.set(this, key, value)
    }
  }

  toJSON(): Record<string, unknown> {
    const stored = Object.entries(this).filter(
      ([key, value]) => key !== 'isNew' && !key.startsWith('_') && typeof value !== 'function',
    )
    return Object.fromEntries(stored)
  }

  inspect(): Record<string, unknown> {
    return this.toJSON()
  }

  /** How many values there are. */
  get length(): number {
    return Object.keys(this.toJSON()).length
  }

  get populated(): boolean {
    return this.length > 0
  }

  /** Ms, or `'session'`. Setting it saves the session at the end of the request. */
  get maxAge(): number | 'session' | undefined {
    return this.#of.options.maxAge
  }

  set maxAge(maxAge: number | 'session') {
    this.#of.options.maxAge = maxAge
    this.#of.mustSave = true
  }

  /** What leads to the stored session: a secret. */
  get externalKey(): string {
    return this.#of.externalKey
  }

  /** Saves now, also when there is nothing in it. */
  save(): Promise<void>
  save(done: Done): void
  save(done?: Done): Promise<void> | void {
    return told(this.#of.commit({ save: true }), done)
  }

  /** A new key for the same values; the old one ends. Do it at a login. */
  regenerate(): Promise<void>
  regenerate(done: Done): void
  regenerate(done?: Done): Promise<void> | void {
    return told(this.#of.commit({ regenerate: true }), done)
  }

  /** With `autoCommit: false`: what else happens at the end of the request. */
  manuallyCommit(): Promise<void> {
    return this.#of.commit()
  }

  commit(options?: CommitOptions): Promise<void>
  commit(options: CommitOptions | undefined, done: Done): void
  commit(options?: CommitOptions, done?: Done): Promise<void> | void {
    return told(this.#of.commit(options), done)
  }
}

/** What Node prints. */
Object.defineProperty(CompatSession.prototype, Symbol.for('nodejs.util.inspect.custom'), {
  value: CompatSession.prototype.inspect,
})

function told(work: Promise<void>, done: Done | undefined): Promise<void> | void {
  if (done === undefined) return work
  work.then(
    () => setImmediate(done),
    error => setImmediate(done, error),
  )
}
