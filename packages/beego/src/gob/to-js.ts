/** What a handler sees of Go's values. It may change all of it in place: nothing is a view of the stored bytes. */
import { withGoType } from '../go-type.ts'
import {
  BOOL,
  BYTES,
  COMPLEX,
  type Definition,
  type Definitions,
  FLOAT,
  INT,
  INTERFACE,
  STRING,
  UINT,
} from './definition.ts'
import { dateOf } from './go-time.ts'
import type { GobValue, Held, Pair, SentField } from './gob-value.ts'
import { keyText } from './key-text.ts'
import { readableText } from './text.ts'
import { valueBytes } from './write-session.ts'

export function shownHeld(held: Held | null, definitions: Definitions): unknown {
  return held === null ? null : shown(held.type, held.value, definitions, held.name)
}

/** `name`: what an interface calls the type. */
export function shown(type: number, value: GobValue, definitions: Definitions, name?: string): unknown {
  switch (type) {
    case STRING:
      return typeof value === 'string' ? value : readableText(value as Uint8Array)
    case BYTES:
      return (value as Uint8Array).slice()
    case FLOAT:
      return shownFloat(value)
    case COMPLEX: {
      const [re, im] = value as GobValue[]
      return withGoType(Object.assign(emptyRecord(), { re: shownFloat(re!), im: shownFloat(im!) }), name)
    }
    case INTERFACE:
      return shownHeld(value as Held | null, definitions)
  }
  const definition = definitions.get(type)
  return definition === undefined ? value : shownDefined(definition, value, definitions, name)
}

/** Any NaN is NaN. */
function shownFloat(value: GobValue): unknown {
  return typeof value === 'bigint' ? Number.NaN : value
}

function shownDefined(definition: Definition, value: GobValue, definitions: Definitions, name?: string): unknown {
  switch (definition.kind) {
    case 'array':
    case 'slice':
      return (value as GobValue[]).map(item => shown(definition.elem, item, definitions))
    case 'map':
      return definition.key === STRING
        ? withGoType(shownRecord(definition.elem, value as Pair[], definitions), name)
        : shownMap(definition.key, definition.elem, value as Pair[], definitions)
    case 'struct':
      return withGoType(shownStruct(definition.fields, value as SentField[], definitions), name)
    case 'opaque': {
      const bytes = value as Uint8Array
      const date = isTime(definition) ? dateOf(bytes) : undefined
      return date ?? withGoType(Object.assign(emptyRecord(), { bytes: bytes.slice() }), name)
    }
  }
}

export function isTime(definition: Definition): boolean {
  return definition.kind === 'opaque' && definition.step === 5 && definition.name === 'Time'
}

function shownRecord(elem: number, pairs: readonly Pair[], definitions: Definitions): object {
  const record = emptyRecord()
  for (const [key, value] of pairs) record[shown(STRING, key, definitions) as string] = shown(elem, value, definitions)
  return record
}

function shownMap(key: number, elem: number, pairs: readonly Pair[], definitions: Definitions): Map<unknown, unknown> {
  const keys = mapKeys(key, pairs, definitions)
  return new Map(pairs.map(([, value], i) => [keys[i], shown(elem, value, definitions)]))
}

/** The keys of a Map.
 *
 * In the order of the pairs. Among interfaces, 5 as int and 5 as int64 are two keys in Go and one number here: the second of such keys is
 * its text, `int64(5)`. So is what would be another object each time it is read.
 */
export function mapKeys(type: number, pairs: readonly Pair[], definitions: Definitions): unknown[] {
  const taken = new Set<unknown>()
  return pairs.map(([key]) => {
    const plain = shown(type, key, definitions)
    const isPlain = typeof plain !== 'object' || plain === null
    const chosen = isPlain && !taken.has(plain) ? plain : textOfKey(type, key, definitions)
    taken.add(chosen)
    return chosen
  })
}

function textOfKey(type: number, key: GobValue, definitions: Definitions): string {
  const held: Held | null = type === INTERFACE ? (key as Held | null) : { name: `type ${type}`, type, value: key }
  if (held?.type === STRING) return `string(${String(held.value)})`
  return keyText(held, each => valueBytes(each.type, each.value, definitions))
}

/** With what was left out, since it is zero. */
function shownStruct(
  fields: readonly { name: string; type: number }[],
  sent: readonly SentField[],
  definitions: Definitions,
): object {
  const record = emptyRecord()
  for (const { name, type } of fields) record[name] = zeroOf(type, definitions)
  for (const [index, value] of sent) {
    const { name, type } = fields[index]!
    record[name] = shown(type, value, definitions)
  }
  return record
}

/** Null where Go may have a nil, an empty map or a pointer that points nowhere. */
function zeroOf(type: number, definitions: Definitions): unknown {
  switch (type) {
    case BOOL:
      return false
    case INT:
    case UINT:
    case FLOAT:
      return 0
    case BYTES:
      return new Uint8Array()
    case STRING:
      return ''
    case COMPLEX:
      return Object.assign(emptyRecord(), { re: 0, im: 0 })
    default:
      return definitions.get(type)?.kind === 'slice' ? [] : null
  }
}

export function emptyRecord(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>
}
