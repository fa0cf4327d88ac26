/** What a request did to a session so far: values, and the bookkeeping that tells at the commit what changed. No I/O. */
import type { Codec } from './codec.ts'
import { copyOf } from './copy-value.ts'
import { deepEqual } from './deep-equal.ts'
import { SessionError } from './errors.ts'
import { FLASH } from './flash.ts'
import { LentDefaults } from './lent-defaults.ts'
import { copyOfData, type Data } from './merge.ts'
import type { View } from './shape.ts'

interface Update {
  /** What was there before the first function; undefined too where it was given a default. */
  from: unknown
  run(now: unknown): unknown
}

/** What survives a regenerate. */
export type Keep = 'all' | 'none' | readonly string[]

/** Marks an object that was handed out while nobody kept a copy of it: what it was, only the store knows. */
const UNKNOWN = Symbol('unknown')

const NONE: ReadonlySet<never> = new Set<never>()

export class Draft {
  /** The loaded ones themselves until something is to be written. */
  #values: Data
  /** As loaded. Objects in it are the very ones handed out, so it answers for those only that were not. */
  #loaded: Data
  /** Objects that were handed out, and may have been changed in place, as they were before that. */
  #exposed: Map<string, unknown> | undefined
  #assigned: Set<string> | undefined
  #updates: Map<string, Update> | undefined
  readonly #codec: Codec
  readonly #makeDefaults: () => Data
  #lent: LentDefaults | undefined
  /** Stored for others, and not shown. */
  #hidden: ReadonlySet<string>
  #keep: Keep | undefined

  constructor(codec: Codec, { values, hidden }: View, defaults: () => Data) {
    this.#codec = codec
    this.#loaded = values
    this.#values = values
    this.#hidden = hidden
    this.#makeDefaults = defaults
  }

  get(key: string): unknown {
    if (!this.#shows(key)) return this.#defaults.lend(key)
    const value = this.#values[key]
    if (typeof value === 'object' && value !== null) this.#expose(key, value)
    return value
  }

  has(key: string): boolean {
    return this.#shows(key) || this.#defaults.has(key)
  }

  keys(): string[] {
    const own = Object.keys(this.#values).filter(key => !key.startsWith(FLASH) && this.#shows(key))
    const lent = this.#defaults.keys()
    return lent.length === 0 ? own : [...new Set([...own, ...lent])]
  }

  set(key: string, value: unknown): void {
    refuseMark(key)
    this.#put(key, value)
  }

  delete(key: string): void {
    delete this.#own()[key]
    this.#assign(key)
    this.#supersede(key)
  }

  flush(): void {
    for (const key of Object.keys(this.#values)) this.delete(key)
  }

  update(key: string, change: (now: unknown) => unknown): void {
    const earlier = this.#updates?.get(key)
    const from = earlier === undefined ? this.#values[key] : earlier.from
    // A copy, so that a function which changes its argument in place runs again as well as a pure one.
    const run = (now: unknown): unknown => change(copyOf(now === undefined ? this.#defaults.lend(key) : now))
    const shown = this.#shows(key) ? this.#values[key] : undefined
    this.set(key, run(shown))
    this.#updates ??= new Map()
    this.#updates.set(key, { from, run: earlier === undefined ? run : now => run(earlier.run(now)) })
  }

  takeFlash(key: string): unknown {
    const value = this.#values[FLASH + key]
    if (FLASH + key in this.#values) this.delete(FLASH + key)
    return value
  }

  leaveFlash(key: string, value: unknown): void {
    refuseMark(key)
    this.#put(FLASH + key, value)
  }

  /** Drops at once what does not survive; the new sid comes with the commit. */
  regenerate(keep: Keep): void {
    const survives = survivor(keep)
    for (const key of Object.keys(this.#values)) if (!survives(key)) this.delete(key)
    this.#keep = this.#keep === undefined ? keep : both(this.#keep, keep)
  }

  get regenerates(): boolean {
    return this.#keep !== undefined
  }

  get isEmpty(): boolean {
    return Object.keys(this.#values).length === 0
  }

  /** True when something may differ from what was loaded; `changed` tells for sure. */
  maybeChanged(): boolean {
    this.#takeChangedDefaults()
    return this.#assigned !== undefined || this.#exposed !== undefined
  }

  /** True when `changed` needs an untouched copy of the loaded values. */
  get needsBase(): boolean {
    return this.#exposed !== undefined && [...this.#exposed.values()].includes(UNKNOWN)
  }

  /** Whether any value differs from what was loaded; `base` is a fresh decoding of it, needed when `needsBase`. */
  changed(base: Data = this.#loaded): boolean {
    for (const key of this.#assigned ?? NONE) if (this.#differs(key, base)) return true
    for (const key of this.#exposed?.keys() ?? NONE) if (this.#differs(key, base)) return true
    return false
  }

  /** The part of a stored session that this request's regenerate lets through. */
  survivors(data: Data): Data {
    if (this.#keep === undefined) return data
    const survives = survivor(this.#keep)
    return copyOfData(Object.fromEntries(Object.entries(data).filter(([key]) => survives(key))))
  }

  /** Update functions that may run again: those that began from the loaded value. */
  rerunnable(base: Data): Map<string, (now: unknown) => unknown> {
    const functions = new Map<string, (now: unknown) => unknown>()
    for (const [key, update] of this.#updates ?? []) {
      if (deepEqual(update.from, base[key])) functions.set(key, update.run)
    }
    return functions
  }

  /** The keys whose values may be others than those that were loaded. */
  touched(): ReadonlySet<string> {
    const assigned = this.#assigned ?? NONE
    return this.#exposed === undefined ? assigned : new Set([...assigned, ...this.#exposed.keys()])
  }

  /** The values to write: a copy, since the handler may go on while they are stored. */
  snapshot(): Data {
    this.#takeChangedDefaults()
    return copyOfData(this.#values)
  }

  /** After a commit: what was stored is the new base; what changed since the snapshot is still to be saved. */
  settle(snapshot: Data, { values: stored, hidden }: View): void {
    const values = this.#own()
    let assigned: Set<string> | undefined
    let exposed: Map<string, unknown> | undefined
    if (hidden.size > 0) {
      this.#hidden = new Set([...this.#hidden, ...[...hidden].filter(key => !this.#assigned?.has(key))])
    }
    for (const key of keysOf(values, snapshot, stored)) {
      if (key in values !== key in snapshot || !Object.is(values[key], snapshot[key])) {
        assigned ??= new Set()
        assigned.add(key)
      } else {
        this.#updates?.delete(key)
        if (!(key in stored)) delete values[key]
        // Where they are equal the handler keeps the object that it holds.
        else if (!deepEqual(values[key], stored[key])) values[key] = stored[key]
      }
      if (typeof values[key] !== 'object' || values[key] === null) continue
      exposed ??= new Map()
      exposed.set(key, UNKNOWN)
    }
    this.#assigned = assigned
    this.#exposed = exposed
    this.#loaded = stored
    this.#keep = undefined
  }

  get #defaults(): LentDefaults {
    this.#lent ??= new LentDefaults(this.#makeDefaults)
    return this.#lent
  }

  /** What was assigned is compared anyway. */
  #expose(key: string, value: object): void {
    if (this.#assigned?.has(key) || this.#exposed?.has(key)) return
    this.#exposed ??= new Map()
    this.#exposed.set(key, copyOf(value))
  }

  #differs(key: string, base: Data): boolean {
    const untouched = this.#exposed?.get(key) ?? UNKNOWN
    if (untouched !== UNKNOWN) return !(key in this.#values) || !deepEqual(untouched, this.#values[key])
    return key in base !== key in this.#values || !deepEqual(base[key], this.#values[key])
  }

  #put(key: string, value: unknown): void {
    this.#codec.check?.(key, value)
    this.#own()[key] = value
    this.#assign(key)
    this.#supersede(key)
  }

  /** The values as they can be written to. */
  #own(): Data {
    if (this.#values === this.#loaded) this.#values = copyOfData(this.#loaded)
    return this.#values
  }

  #assign(key: string): void {
    this.#assigned ??= new Set()
    this.#assigned.add(key)
  }

  /** Whatever stood for the key until now stands for it no longer. */
  #supersede(key: string): void {
    this.#updates?.delete(key)
    if (this.#hidden.has(key)) this.#hidden = new Set([...this.#hidden].filter(hidden => hidden !== key))
    this.#lent?.forget(key)
  }

  #shows(key: string): boolean {
    return key in this.#values && !this.#hidden.has(key)
  }

  #takeChangedDefaults(): void {
    for (const [key, value] of this.#lent?.takeChanged() ?? []) this.#put(key, value)
  }
}

function refuseMark(key: string): void {
  if (!key.startsWith(FLASH)) return
  throw new SessionError('ERR_SESSION_VALUE', `Session keys must not begin with "${FLASH}".`, { field: key })
}

function keysOf(...all: Data[]): Iterable<string> {
  const [first, ...others] = all.map(data => Object.keys(data)) as [string[], ...string[][]]
  const isSame = others.every(keys => keys.length === first.length && keys.every((key, at) => key === first[at]))
  return isSame ? first : new Set([first, ...others].flat())
}

function survivor(keep: Keep): (key: string) => boolean {
  if (keep === 'none') return () => false
  if (keep === 'all') return key => !key.startsWith(FLASH)
  return key => keep.includes(key)
}

function both(first: Keep, second: Keep): Keep {
  if (first === 'all') return second
  if (second === 'all' || first === 'none') return first
  if (second === 'none') return second
  return first.filter(key => second.includes(key))
}
