/** The names of Go's types, which alone tell an int64 from an int: what each is on the wire, and how wide. */
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

const BASIC: ReadonlyMap<string, number> = new Map([
  ['bool', BOOL],
  ...['int', 'int8', 'int16', 'int32', 'int64'].map(name => [name, INT] as const),
  ...['uint', 'uint8', 'uint16', 'uint32', 'uint64', 'uintptr'].map(name => [name, UINT] as const),
  ['float32', FLOAT],
  ['float64', FLOAT],
  ['[]uint8', BYTES],
  ['string', STRING],
  ['complex64', COMPLEX],
  ['complex128', COMPLEX],
  ['interface {}', INTERFACE],
])

const ELEMENTS = [...BASIC.keys()].filter(name => !['uint8', '[]uint8', 'interface {}'].includes(name))

/** What every Go program registers, and what Beego's session package does: each process of a fleet can read these. */
export const REGISTERED: ReadonlySet<string> = new Set([
  ...[...BASIC.keys()].filter(name => name !== 'interface {}'),
  ...ELEMENTS.map(name => `[]${name}`),
  '[]interface {}',
  'map[string]interface {}',
  'map[interface {}]interface {}',
  'map[string]string',
  ...['interface {}', 'string', 'int', 'int64'].map(elem => `map[int]${elem}`),
])

/** The wire type of a basic name; undefined for all others. */
export function basicType(name: string): number | undefined {
  return BASIC.get(name)
}

/** Whether Go takes the integer. That of an application's type is 64 bits here: its width is not on the wire. */
export function fitsWidth(name: string, type: number, value: number | bigint): boolean {
  if (typeof value === 'number' && widthOf(name) === 64) return type === INT || value >= 0
  const bits = BigInt(type === INT ? widthOf(name) - 1 : widthOf(name))
  const end = 1n << bits
  return value < end && value >= (type === INT ? -end : 0n)
}

const WIDTHS: ReadonlyMap<string, number> = new Map(
  [8, 16, 32].flatMap(bits => [[`int${bits}`, bits] as const, [`uint${bits}`, bits] as const]),
)

function widthOf(name: string): number {
  return WIDTHS.get(name) ?? 64
}

/** Empty where there is none, or nobody knows it. */
export interface NameParts {
  key: string
  elem: string
}

const NO_PARTS: NameParts = { key: '', elem: '' }

/** What an unnamed slice or map is made of, such as `map[string]int`. */
export function partsOfName(name: string): NameParts {
  if (name.startsWith('[]')) return { key: '', elem: name.slice(2) }
  if (!name.startsWith('map[')) return NO_PARTS
  // A key has no brackets of its own in what is registered.
  const end = name.indexOf(']')
  return { key: name.slice(4, end), elem: name.slice(end + 1) }
}

/** Whether a type of the stream can be what a registered name says. Of other names nobody knows. */
export function isTypeOf(name: string, type: number, definitions: Definitions): boolean {
  const basic = BASIC.get(name)
  if (basic !== undefined) return basic === type
  if (!REGISTERED.has(name)) return true
  const { key, elem } = partsOfName(name)
  const definition = definitions.get(type)
  if (definition === undefined || !isTypeOf(elem, elemOf(definition), definitions)) return false
  return key === ''
    ? definition.kind === 'slice'
    : definition.kind === 'map' && isTypeOf(key, definition.key, definitions)
}

function elemOf(definition: Definition): number {
  return definition.kind === 'slice' || definition.kind === 'map' ? definition.elem : 0
}
