/** From the bytes under a sid to what they hold. All that a hostile input could make long or deep is bounded. */
import { ByteReader } from './byte-reader.ts'
import {
  BOOL,
  BYTES,
  COMPLEX,
  type Definition,
  FIRST_ID,
  FLOAT,
  INT,
  INTERFACE,
  readDefinition,
  STRING,
  UINT,
} from './definition.ts'
import { fitsWidth, isTypeOf, type NameParts, partsOfName } from './go-names.ts'
import type { GobSession, GobValue, Held, SentField } from './gob-value.ts'

/** Levels of values within values: far beyond sensible data, far below what could exhaust the stack. */
export const MAX_DEPTH = 200

/** What an array, an object or a piece of bytes costs more than a number. */
const CONTAINER = 4
const BLOB = 12

/** Throws `ERR_RECORD_MALFORMED`. As in Beego, what stands behind the session's value is passed over. */
export function readSession(bytes: Uint8Array): GobSession {
  return new SessionReader(bytes).session()
}

class SessionReader {
  readonly #reader: ByteReader
  readonly #definitions = new Map<number, Definition>()
  readonly #names = new Map<string, number>()

  constructor(bytes: Uint8Array) {
    this.#reader = new ByteReader(bytes)
  }

  session(): GobSession {
    const root = this.#type(false)
    const definition = this.#definitions.get(root)
    if (definition?.kind !== 'map' || definition.key !== INTERFACE || definition.elem !== INTERFACE) {
      throw this.#reader.malformed('not a map from any to any')
    }
    const entries = this.#alone(root, 0) as GobSession['entries']
    return { root, entries, definitions: this.#definitions, names: this.#names }
  }

  /**
   * The type of the value that follows, past the definitions in front of it. A value is cut into messages behind each definition, at
   * whatever depth; only here may the reader step over such a cut.
   */
  #type(isHeld: boolean): number {
    const reader = this.#reader
    for (;;) {
      if (reader.isMessageUsedUp) reader.nextMessage()
      const id = reader.int()
      if (id >= 0) return Number(id)
      this.#define(-Number(id))
      if (reader.isMessageUsedUp) continue
      if (!isHeld) throw reader.malformed('more than a definition in its message')
      // The length of the rest, which nobody needs.
      reader.uint()
    }
  }

  #define(id: number): void {
    if (id < FIRST_ID || id > 2 ** 31) throw this.#reader.malformed('a definition of a type that is not to be defined')
    if (this.#definitions.has(id)) throw this.#reader.malformed('a type that is defined twice')
    this.#reader.spend(2 * CONTAINER)
    this.#definitions.set(id, readDefinition(this.#reader))
  }

  /** A value that stands on its own: a zero is in front, unless it is a struct. */
  #alone(type: number, depth: number, name = ''): GobValue {
    if (this.#definitions.get(type)?.kind !== 'struct' && this.#reader.uint() !== 0) {
      throw this.#reader.malformed('a value without its zero in front')
    }
    return this.#value(type, depth, name)
  }

  /** `name`: what Go calls the type, where that is known. */
  #value(type: number, depth: number, name: string): GobValue {
    const reader = this.#reader
    reader.spend(1)
    switch (type) {
      case BOOL:
        return reader.bool()
      case INT:
        return this.#fitting(name, type, reader.int())
      case UINT:
        return this.#fitting(name, type, reader.uint())
      case FLOAT:
        return reader.float()
      case BYTES:
        reader.spend(BLOB)
        return reader.blob('a []byte')
      case STRING:
        return reader.string()
      case COMPLEX:
        reader.spend(2 * CONTAINER)
        return [reader.float(), reader.float()]
      case INTERFACE:
        return this.#held(depth)
    }
    const definition = this.#definitions.get(type)
    if (definition === undefined) throw reader.malformed('a value of a type that was not defined')
    if (depth >= MAX_DEPTH) throw reader.malformed(`more than ${MAX_DEPTH} levels`)
    reader.spend(CONTAINER)
    return this.#defined(definition, depth + 1, partsOfName(name))
  }

  #fitting(name: string, type: number, value: number | bigint): number | bigint {
    if (fitsWidth(name, type, value)) return value
    throw this.#reader.malformed('an integer that is wider than its type')
  }

  #defined(definition: Definition, depth: number, { key: keyName, elem: elemName }: NameParts): GobValue {
    const reader = this.#reader
    switch (definition.kind) {
      case 'opaque':
        reader.spend(BLOB)
        return reader.blob('a value that encodes itself')
      case 'array':
      case 'slice': {
        const count = reader.count('a list')
        if (definition.kind === 'array' && count !== definition.length)
          throw reader.malformed('an array of another length')
        const items = listFor(count)
        for (let i = 0; i < count; i++) items[i] = this.#value(definition.elem, depth, elemName)
        return items
      }
      case 'map': {
        const count = reader.count('a map', 2)
        const pairs = listFor(count)
        for (let i = 0; i < count; i++) {
          reader.spend(1)
          const key = this.#value(definition.key, depth, keyName)
          this.#requireHashable(definition.key, key)
          pairs[i] = [key, this.#value(definition.elem, depth, elemName)]
        }
        return pairs
      }
      case 'struct':
        return this.#struct(definition, depth)
    }
  }

  #struct({ fields }: Extract<Definition, { kind: 'struct' }>, depth: number): SentField[] {
    const reader = this.#reader
    // Those that were left out are shown, too.
    reader.spend(fields.length)
    const sent: SentField[] = []
    for (let index = -1; ; ) {
      const step = reader.uint()
      // A list that has grown has room for more than it holds; there may be many.
      if (step === 0) return sent.slice()
      if (step > fields.length - 1 - index) throw reader.malformed('a field past the last')
      index += Number(step)
      sent.push([index, this.#value(fields[index]!.type, depth, '')])
    }
  }

  #held(depth: number): Held | null {
    const reader = this.#reader
    const name = reader.name()
    if (name === '') return null
    const type = this.#type(true)
    reader.uint()
    if (this.#names.get(name) !== type) this.#admit(name, type)
    const value = this.#alone(type, depth, name)
    return { name, type, value }
  }

  #admit(name: string, type: number): void {
    if (type === INTERFACE) throw this.#reader.malformed('an interface that holds an interface')
    if (!isTypeOf(name, type, this.#definitions)) {
      throw this.#reader.malformed('a type that is not what its name says')
    }
    this.#names.set(name, type)
  }

  /** Go panics where it is not. */
  #requireHashable(type: number, value: GobValue, depth = 0): void {
    if (type === INTERFACE) {
      const held = value as Held | null
      if (held !== null) this.#requireHashable(held.type, held.value)
      return
    }
    const definition = this.#definitions.get(type)
    if (type === BYTES || definition?.kind === 'slice' || definition?.kind === 'map' || depth > 8) {
      throw this.#reader.malformed('a key that has no hash')
    }
    if (definition?.kind === 'struct') {
      for (const [index, field] of value as SentField[]) {
        this.#requireHashable(definition.fields[index]!.type, field, depth + 1)
      }
    }
    if (definition?.kind === 'array') {
      for (const item of value as GobValue[]) this.#requireHashable(definition.elem, item, depth + 1)
    }
  }
}

/** With room for all, unless so many are only said to come. */
function listFor(count: number): GobValue[] {
  return new Array<GobValue>(Math.min(count, 64))
}
