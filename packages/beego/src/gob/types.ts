/** The types of a session that is written: those that it had, and new ones as they are needed. */
import { type Definition, type Definitions, FIRST_ID, INTERFACE } from './definition.ts'
import { basicType, partsOfName, REGISTERED } from './go-names.ts'
import type { GobSession } from './gob-value.ts'

const TIME = 'time.Time'

export class Types {
  readonly definitions: Definitions
  readonly root: number
  readonly #names: ReadonlyMap<string, number>
  #next = FIRST_ID

  constructor(stored?: GobSession) {
    this.definitions = new Map(stored?.definitions)
    this.#names = stored?.names ?? new Map()
    this.root = stored?.root ?? this.#idOf({ kind: 'map', name: '', key: INTERFACE, elem: INTERFACE })
  }

  /** Undefined for a name that some process of the fleet may not know: one such value makes the whole session unreadable for it. */
  idOfName(name: string): number | undefined {
    return basicType(name) ?? this.#names.get(name) ?? (REGISTERED.has(name) ? this.#idOfParts(name) : undefined)
  }

  /** Of time.Time, if the fleet is known to have it registered. */
  idOfTime(isRegistered: boolean): number | undefined {
    const seen = this.#names.get(TIME)
    if (seen !== undefined || !isRegistered) return seen
    return this.#idOf({ kind: 'opaque', name: 'Time', step: 5 })
  }

  #idOfParts(name: string): number {
    const basic = basicType(name)
    if (basic !== undefined) return basic
    const { key, elem } = partsOfName(name)
    const elemId = this.#idOfParts(elem)
    return this.#idOf(
      key === ''
        ? { kind: 'slice', name: '', elem: elemId }
        : { kind: 'map', name: '', key: this.#idOfParts(key), elem: elemId },
    )
  }

  /** Of an equal definition, if there is one. */
  #idOf(wanted: Definition): number {
    const text = JSON.stringify(Object.entries(wanted).sort())
    for (const [id, definition] of this.definitions) {
      if (JSON.stringify(Object.entries(definition).sort()) === text) return id
    }
    while (this.definitions.has(this.#next)) this.#next += 1
    this.definitions.set(this.#next, wanted)
    return this.#next
  }
}
