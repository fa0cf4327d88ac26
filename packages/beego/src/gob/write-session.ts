/** From what a session holds to bytes that Beego reads: all definitions first, each in a message of its own, then the value in one. */
import { ByteWriter } from './byte-writer.ts'
import {
  BOOL,
  BYTES,
  COMPLEX,
  type Definition,
  type Definitions,
  FLOAT,
  INT,
  INTERFACE,
  partsOf,
  STRING,
  UINT,
  writeDefinition,
} from './definition.ts'
import type { GobSession, GobValue, Held, Pair, SentField } from './gob-value.ts'

export function writeSession({ root, entries, definitions }: Omit<GobSession, 'names'>): Uint8Array {
  const value = new ByteWriter()
  const used = new Set<number>()
  value.int(root)
  new ValueWriter(value, definitions, used).alone(root, entries as GobValue)
  const stream = new ByteWriter()
  for (const id of closureOf([root, ...used], definitions)) {
    stream.measured(() => writeDefinition(stream, id, definitions.get(id)!))
  }
  stream.blob(value.taken())
  return stream.taken()
}

/** One value by itself, for who has to tell two apart. */
export function valueBytes(type: number, value: GobValue, definitions: Definitions): Uint8Array {
  const writer = new ByteWriter()
  new ValueWriter(writer, definitions, new Set()).value(type, value)
  return writer.taken()
}

/** With the types that these speak of, and so on: Go wants to know them all. */
function closureOf(ids: readonly number[], definitions: Definitions): Set<number> {
  const all = new Set<number>()
  const left = [...ids]
  for (let id = left.shift(); id !== undefined; id = left.shift()) {
    const definition = definitions.get(id)
    if (definition === undefined || all.has(id)) continue
    all.add(id)
    left.push(...partsOf(definition))
  }
  return all
}

class ValueWriter {
  readonly #writer: ByteWriter
  readonly #definitions: Definitions
  readonly #used: Set<number>

  constructor(writer: ByteWriter, definitions: Definitions, used: Set<number>) {
    this.#writer = writer
    this.#definitions = definitions
    this.#used = used
  }

  alone(type: number, value: GobValue): void {
    if (this.#definitions.get(type)?.kind !== 'struct') this.#writer.uint(0)
    this.value(type, value)
  }

  value(type: number, value: GobValue): void {
    const writer = this.#writer
    switch (type) {
      case BOOL:
        writer.uint(value === true ? 1 : 0)
        return
      case INT:
        writer.int(value as number | bigint)
        return
      case UINT:
        writer.uint(value as number | bigint)
        return
      case FLOAT:
        writer.float(value as number | bigint)
        return
      case BYTES:
        writer.blob(value as Uint8Array)
        return
      case STRING:
        writer.string(value as string | Uint8Array)
        return
      case COMPLEX:
        for (const part of value as (number | bigint)[]) writer.float(part)
        return
      case INTERFACE:
        this.#held(value as Held | null)
        return
    }
    this.#defined(this.#definitions.get(type)!, value)
  }

  #defined(definition: Definition, value: GobValue): void {
    const writer = this.#writer
    switch (definition.kind) {
      case 'opaque':
        writer.blob(value as Uint8Array)
        return
      case 'array':
      case 'slice':
        writer.uint((value as GobValue[]).length)
        for (const item of value as GobValue[]) this.value(definition.elem, item)
        return
      case 'map':
        writer.uint((value as Pair[]).length)
        for (const [key, each] of value as Pair[]) {
          this.value(definition.key, key)
          this.value(definition.elem, each)
        }
        return
      case 'struct': {
        let before = -1
        for (const [index, each] of value as SentField[]) {
          writer.uint(index - before)
          this.value(definition.fields[index]!.type, each)
          before = index
        }
        writer.uint(0)
      }
    }
  }

  #held(held: Held | null): void {
    this.#writer.string(held?.name ?? '')
    if (held === null) return
    this.#used.add(held.type)
    this.#writer.int(held.type)
    this.#writer.measured(() => this.alone(held.type, held.value))
  }
}
