/** Types on the wire: eight basic ones by number, and those that a stream defines. */
import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'

export const BOOL = 1
export const INT = 2
export const UINT = 3
export const FLOAT = 4
export const BYTES = 5
export const STRING = 6
export const COMPLEX = 7
export const INTERFACE = 8

/** Below it ids are those of gob itself. */
export const FIRST_ID = 64

/** Go's name of the type itself: empty for a map or a slice that has none. */
interface Named {
  name: string
}

export interface Field {
  name: string
  type: number
}

export type Definition = Named &
  (
    | { kind: 'array'; elem: number; length: number }
    | { kind: 'slice'; elem: number }
    | { kind: 'struct'; fields: readonly Field[] }
    | { kind: 'map'; key: number; elem: number }
    /** It encodes itself, in one of Go's three ways: `step` says in which. */
    | { kind: 'opaque'; step: 5 | 6 | 7 }
  )

export type Definitions = Map<number, Definition>

/** Behind its negative id. */
export function readDefinition(reader: ByteReader): Definition {
  let definition: Definition | undefined
  readFields(reader, step => {
    if (definition !== undefined) throw reader.malformed('a definition of two types')
    definition = readKind(reader, step)
  })
  if (definition === undefined) throw reader.malformed('a definition of no type')
  return definition
}

function readKind(reader: ByteReader, step: number): Definition {
  const read = { name: '', key: 0, elem: 0, length: 0, fields: [] as Field[] }
  const hasKey = step === 4
  readFields(reader, field => {
    if (field === 1) read.name = readCommon(reader)
    else if (step === 3 && field === 2) read.fields = readStructFields(reader)
    else if (hasKey && field === 2) read.key = readId(reader)
    else if ((hasKey && field === 3) || (step <= 2 && field === 2)) read.elem = readId(reader)
    else if (step === 1 && field === 3) read.length = readId(reader)
    else throw reader.malformed('a definition with a field that is none')
  })
  const { name, key, elem, length, fields } = read
  switch (step) {
    case 1:
      return { kind: 'array', name, elem, length }
    case 2:
      return { kind: 'slice', name, elem }
    case 3:
      return { kind: 'struct', name, fields }
    case 4:
      return { kind: 'map', name, key, elem }
    case 5:
    case 6:
    case 7:
      return { kind: 'opaque', name, step }
    default:
      throw reader.malformed('a definition of a kind that is none')
  }
}

/** Name and id; only the id in front of the definition counts. */
function readCommon(reader: ByteReader): string {
  let name = ''
  readFields(reader, field => {
    if (field === 1) name = reader.name()
    else if (field === 2) readId(reader)
    else throw reader.malformed('a definition with a field that is none')
  })
  return name
}

function readStructFields(reader: ByteReader): Field[] {
  const count = reader.count('a list of fields')
  reader.spend(count * 4)
  return Array.from({ length: count }, () => {
    const field: Field = { name: '', type: 0 }
    readFields(reader, step => {
      if (step === 1) field.name = reader.name()
      else if (step === 2) field.type = readId(reader)
      else throw reader.malformed('a definition with a field that is none')
    })
    return field
  })
}

/** The fields of a struct, by number from 1: a step to each one that is there, and 0 behind the last. */
function readFields(reader: ByteReader, read: (field: number) => void): void {
  for (let field = 0; ; ) {
    const step = reader.uint()
    if (step === 0) return
    if (step > 7) throw reader.malformed('a definition with a field that is none')
    field += Number(step)
    read(field)
  }
}

function readId(reader: ByteReader): number {
  const id = reader.int()
  if (typeof id === 'number' && id >= 0 && id < 2 ** 31) return id
  throw reader.malformed('a type or a length out of bounds')
}

/** With its negative id in front. */
export function writeDefinition(writer: ByteWriter, id: number, definition: Definition): void {
  writer.int(-id)
  writer.uint(stepOf(definition))
  writer.uint(1)
  if (definition.name !== '') {
    writer.uint(1)
    writer.string(definition.name)
  }
  writer.uint(definition.name === '' ? 2 : 1)
  writer.int(id)
  writer.uint(0)
  writeParts(writer, definition)
  writer.uint(0)
  writer.uint(0)
}

function writeParts(writer: ByteWriter, definition: Definition): void {
  switch (definition.kind) {
    case 'array':
      writeNumbers(writer, [definition.elem, definition.length])
      break
    case 'slice':
      writeNumbers(writer, [definition.elem])
      break
    case 'map':
      writeNumbers(writer, [definition.key, definition.elem])
      break
    case 'struct':
      if (definition.fields.length === 0) return
      writer.uint(1)
      writer.uint(definition.fields.length)
      for (const { name, type } of definition.fields) {
        if (name !== '') {
          writer.uint(1)
          writer.string(name)
        }
        writer.uint(name === '' ? 2 : 1)
        writer.int(type)
        writer.uint(0)
      }
      break
    case 'opaque':
  }
}

/** One field each; a zero is left out, and the next one is a step further. */
function writeNumbers(writer: ByteWriter, numbers: readonly number[]): void {
  let step = 1
  for (const number of numbers) {
    if (number !== 0) {
      writer.uint(step)
      writer.int(number)
      step = 1
    } else step += 1
  }
}

function stepOf(definition: Definition): number {
  if (definition.kind === 'opaque') return definition.step
  return { array: 1, slice: 2, struct: 3, map: 4 }[definition.kind]
}

/** The types that a definition speaks of. */
export function partsOf(definition: Definition): readonly number[] {
  switch (definition.kind) {
    case 'array':
    case 'slice':
      return [definition.elem]
    case 'map':
      return [definition.key, definition.elem]
    case 'struct':
      return definition.fields.map(({ type }) => type)
    case 'opaque':
      return []
  }
}
