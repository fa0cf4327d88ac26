/**
 * Keys of a session are strings here, and of any type in Beego: a string is itself, another key is written as Go would convert it, such as
 * `int(5)`. A string that looks so, too, is written as `string(…)`, and what has no such form as `key(…)`: no two keys have one text.
 */
import { BOOL, FLOAT, INT, STRING, UINT } from './definition.ts'
import { basicType, fitsWidth } from './go-names.ts'
import type { GobValue, Held } from './gob-value.ts'

const CONVERSION = /^(u?int(?:8|16|32|64)?|uintptr|float(?:32|64)|bool|string|key)\((.*)\)$/s

export function keyText(key: Held | null, bytesOf: (key: Held) => Uint8Array): string {
  if (key === null) return 'key(nil)'
  const { name, value } = key
  if (name === 'string' && typeof value === 'string') return CONVERSION.test(value) ? `string(${value})` : value
  if (isConvertible(name, value)) return `${name}(${Object.is(value, -0) ? '-0' : String(value)})`
  const hex = Array.from(bytesOf(key), byte => byte.toString(16).padStart(2, '0')).join('')
  return `key(${name} ${hex})`
}

function isConvertible(name: string, value: GobValue): boolean {
  const type = basicType(name)
  if (type === FLOAT) return typeof value === 'number'
  return type === BOOL || type === INT || type === UINT
}

/** The key that a text means; undefined for one that only a stored session can have, or for none at all. */
export function keyOfText(text: string): Held | undefined {
  const [, name, inner = ''] = CONVERSION.exec(text) ?? []
  if (name === undefined) return { name: 'string', type: STRING, value: text }
  const type = basicType(name)
  const value = type === undefined ? undefined : converted(name, type, inner)
  if (value === undefined) return undefined
  const key: Held = { name, type: type!, value }
  // What is written in another way would be two texts for one key.
  return keyText(key, () => new Uint8Array()) === text ? key : undefined
}

function converted(name: string, type: number, text: string): GobValue | undefined {
  switch (type) {
    case STRING:
      return text
    case BOOL:
      return text === 'true' || text === 'false' ? text === 'true' : undefined
    case FLOAT:
      return text === '' || Number.isNaN(Number(text)) ? undefined : Number(text)
    default: {
      if (!/^-?\d{1,20}$/.test(text)) return undefined
      const wide = BigInt(text)
      const value = Number.isSafeInteger(Number(wide)) ? Number(wide) : wide
      return fitsWidth(name, type, value) ? value : undefined
    }
  }
}
