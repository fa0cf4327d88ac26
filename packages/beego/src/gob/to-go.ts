/**
 * What a handler set becomes what Go reads. What takes the place of a stored value keeps its type, and is refused where it does not fit;
 * what is new gets a type by a fixed rule; and what says its type gets that.
 */
import { SessionError } from '@sentinel-session/core'
import { kindOf } from '@sentinel-session/core/internal'
import { goTypeOf } from '../go-type.ts'
import { GoValue } from '../go-value.ts'
import { BYTES, type Definition, type Field, INT, INTERFACE, STRING } from './definition.ts'
import { fitBasic, isZero } from './fit-basic.ts'
import { basicType, fitsWidth, type NameParts, partsOfName } from './go-names.ts'
import { dateOf, timeOf } from './go-time.ts'
import type { GobValue, Held, Pair, SentField } from './gob-value.ts'
import { guidesOf } from './guides.ts'
import { MAX_DEPTH } from './read-session.ts'
import { isTime, mapKeys, shown } from './to-js.ts'
import type { Types } from './types.ts'

const LIST = '[]interface {}'
const RECORD = 'map[string]interface {}'
const MAP = 'map[interface {}]interface {}'

/** A type and, where it is known, what Go calls it. */
interface Part {
  type: number
  name: string
}

export class ToGo {
  readonly #types: Types
  readonly #dates: boolean
  /** The session's own key, for messages. */
  readonly #key: string
  #depth = 0

  constructor(types: Types, key: string, dates: boolean) {
    this.#types = types
    this.#key = key
    this.#dates = dates
  }

  /** Throws `ERR_SESSION_VALUE`. */
  value(value: unknown, old?: Held | null): Held | null {
    const held = this.#held(value, old)
    if (held !== undefined) return held
    const advice = 'goValue() says that Go is to find another type there'
    throw this.#refused(`what does not fit the ${old?.name} in its place; ${advice}`)
  }

  /** Undefined: it does not fit what it takes the place of. */
  #held(value: unknown, old?: Held | null): Held | null | undefined {
    if (value === null || value === undefined) return null
    if (value instanceof GoValue) return this.#forced(value)
    if (old === null || old === undefined) return this.#fresh(value)
    const fitted = this.#fitted(old.type, value, old.value, old.name)
    return fitted === undefined ? undefined : { ...old, value: fitted }
  }

  #forced({ goType, value }: GoValue): Held | null {
    const type = this.#types.idOfName(goType)
    if (type === undefined) {
      throw this.#refused(`a ${goType}, which some Beego process may not know: it is not in the stored session either`)
    }
    const fitted = this.#fitted(type, value, undefined, goType)
    if (fitted === undefined) throw this.#refused(`what is no ${goType}`)
    return { name: goType, type, value: fitted }
  }

  /** The rule for what is new. */
  #fresh(value: unknown): Held {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return this.#as(typeof value === 'string' ? 'string' : 'bool', value)
      case 'number':
        return this.#as(Number.isSafeInteger(value) && !Object.is(value, -0) ? 'int' : 'float64', value)
      case 'bigint':
        return this.#as(fitsWidth('int64', INT, value) ? 'int64' : 'uint64', value)
      case 'object':
        return this.#freshObject(value!)
      default:
        throw this.#refused(`a ${typeof value}`)
    }
  }

  #freshObject(value: object): Held {
    const known = goTypeOf(value)
    if (known !== undefined) return this.#as(known, value)
    if (value instanceof Uint8Array) return this.#as('[]uint8', value)
    switch (kindOf(value)) {
      case 'array':
        return this.#as(LIST, value)
      case 'record':
        return this.#as(RECORD, value)
      case 'map':
        return this.#as(MAP, value)
      case 'date': {
        const type = this.#types.idOfTime(this.#dates)
        if (type !== undefined) return { name: 'time.Time', type, value: this.#time(value as Date) }
        throw this.#refused('a Date. If all of the fleet registers time.Time, say so: gobCodec({ dates: true })')
      }
      default:
        throw this.#refused(`an instance of ${value.constructor?.name || 'a class'}`)
    }
  }

  #as(goType: string, value: unknown): Held {
    return this.#forced(new GoValue(goType, value))!
  }

  #fitted(type: number, given: unknown, old: GobValue | undefined, name = ''): GobValue | undefined {
    const value = given instanceof GoValue && basicType(given.goType) === type ? given.value : given
    if (type === INTERFACE) return this.#held(value, old as Held | null | undefined)
    const definition = this.#types.definitions.get(type)
    if (definition === undefined) return fitBasic(type, name, value, old)
    if (value instanceof GoValue || value === null || value === undefined) return undefined
    if (this.#depth === MAX_DEPTH) {
      throw this.#refused(`something that contains itself, or is more than ${MAX_DEPTH} levels deep`)
    }
    this.#depth += 1
    const fitted = this.#fittedDefined(definition, partsOfName(name), value, old)
    this.#depth -= 1
    return fitted
  }

  #fittedDefined(
    definition: Definition,
    { key, elem }: NameParts,
    value: unknown,
    old: GobValue | undefined,
  ): GobValue | undefined {
    switch (definition.kind) {
      case 'opaque':
        return this.#fittedOpaque(definition, value, old as Uint8Array | undefined)
      case 'array':
        if ((value as unknown[]).length !== definition.length) return undefined
        return this.#fittedList({ type: definition.elem, name: elem }, value, old)
      case 'slice':
        return this.#fittedList({ type: definition.elem, name: elem }, value, old)
      case 'map':
        return definition.key === STRING
          ? this.#fittedRecord({ type: definition.elem, name: elem }, value, old as readonly Pair[] | undefined)
          : this.#fittedMap(
              { type: definition.key, name: key },
              { type: definition.elem, name: elem },
              value,
              old as readonly Pair[] | undefined,
            )
      case 'struct':
        return this.#fittedStruct(definition.fields, value, old as readonly SentField[] | undefined)
    }
  }

  #fittedOpaque(definition: Definition, value: unknown, old: Uint8Array | undefined): GobValue | undefined {
    if (isTime(definition) && value instanceof Date) return this.#time(value, old)
    const { bytes } = value as { bytes?: unknown }
    return bytes instanceof Uint8Array ? bytes : undefined
  }

  #time(date: Date, old?: Uint8Array): Uint8Array {
    if (Number.isNaN(date.getTime())) throw this.#refused('an invalid Date')
    return old !== undefined && dateOf(old)?.getTime() === date.getTime() ? old : timeOf(date, old)
  }

  /** A place in a list is no identity: what does not fit its guide is as if it were new. */
  #fittedList(elem: Part, value: unknown, old: GobValue | undefined): GobValue | undefined {
    if (!Array.isArray(value)) return undefined
    const before = (old ?? []) as readonly GobValue[]
    const guides = guidesOf(
      value,
      before.map(item => shown(elem.type, item, this.#types.definitions)),
    )
    return allFitted(value, (item, i) => {
      const fitted = this.#fitted(elem.type, item, before[guides[i]!], elem.name)
      return fitted === undefined ? this.#fitted(elem.type, item, undefined, elem.name) : fitted
    })
  }

  #fittedRecord(elem: Part, value: unknown, old: readonly Pair[] = []): GobValue | undefined {
    if (typeof value !== 'object' || kindOf(value!) !== 'record') return undefined
    const before = new Map(old.map(pair => [shown(STRING, pair[0], this.#types.definitions), pair]))
    const members = Object.entries(value!).filter(([, member]) => member !== undefined)
    return allFitted(members, ([name, member]) => {
      const pair = before.get(name)
      const key = fitBasic(STRING, 'string', name, pair?.[0])
      const fitted = this.#fitted(elem.type, member, pair?.[1], elem.name)
      return key === undefined || fitted === undefined ? undefined : [key, fitted]
    })
  }

  #fittedMap(key: Part, elem: Part, value: unknown, old: readonly Pair[] = []): GobValue | undefined {
    if (!(value instanceof Map)) return undefined
    const keys = mapKeys(key.type, old, this.#types.definitions)
    const before = new Map(old.map((pair, i) => [keys[i], pair]))
    return allFitted([...value], ([name, member]) => {
      const pair = before.get(name)
      const fittedKey = pair === undefined ? this.#mapKey(key, name) : pair[0]
      const fitted = this.#fitted(elem.type, member, pair?.[1], elem.name)
      return fittedKey === undefined || fitted === undefined ? undefined : [fittedKey, fitted]
    })
  }

  #mapKey({ type, name }: Part, key: unknown): GobValue | undefined {
    const isBasic = (basicType(key instanceof GoValue ? key.goType : '[]uint8') ?? BYTES) !== BYTES
    if (isBasic || ['string', 'number', 'bigint', 'boolean'].includes(typeof key))
      return this.#fitted(type, key, undefined, name)
    throw this.#refused('a Map with a key that is neither text, nor number, nor boolean')
  }

  #fittedStruct(fields: readonly Field[], value: unknown, old: readonly SentField[] = []): GobValue | undefined {
    if (typeof value !== 'object' || kindOf(value!) !== 'record') return undefined
    const record = value as Record<string, unknown>
    if (Object.keys(record).some(name => !fields.some(field => field.name === name))) return undefined
    const before = new Map(old)
    const sent: SentField[] = []
    for (const [index, { name, type }] of fields.entries()) {
      const member = record[name]
      if (member === undefined || (member === null && this.#canBeNil(type))) continue
      const fitted = this.#fitted(type, member, before.get(index))
      if (fitted === undefined) return undefined
      if (!this.#isLeftOut(type, fitted)) sent.push([index, fitted])
    }
    return sent
  }

  #canBeNil(type: number): boolean {
    return type === BYTES || type === INTERFACE || this.#types.definitions.has(type)
  }

  /** Arrays, structs and maps are sent even when they are empty. */
  #isLeftOut(type: number, value: GobValue): boolean {
    const kind = this.#types.definitions.get(type)?.kind
    if (kind === 'slice') return (value as readonly GobValue[]).length === 0
    if (kind === undefined && Array.isArray(value)) return value.every(isZero)
    return kind === undefined && isZero(value)
  }

  #refused(what: string): SessionError {
    const message = `The session key "${this.#key}" holds ${what}.`
    return new SessionError('ERR_SESSION_VALUE', message, { field: this.#key })
  }
}

/** Undefined as soon as one is. */
function allFitted<X>(
  items: readonly X[],
  fit: (item: X, index: number) => GobValue | undefined,
): GobValue[] | undefined {
  const fitted: GobValue[] = []
  for (const [index, item] of items.entries()) {
    const value = fit(item, index)
    if (value === undefined) return undefined
    fitted.push(value)
  }
  return fitted
}
