/** A JavaScript value as one of Go's basic types; undefined where it does not fit. */
import { BOOL, BYTES, COMPLEX, FLOAT, INT, STRING, UINT } from './definition.ts'
import { fitsWidth } from './go-names.ts'
import type { GobValue } from './gob-value.ts'
import { isEncodable, readableText } from './text.ts'

/** The one that Go's math.NaN makes. */
const GO_NAN = 0x7ff8000000000001n
const LARGEST_FLOAT32 = 3.4028234663852886e38

/** `old`, of the same type, is what the value takes the place of: where they look the same it is kept, with what does not show. */
export function fitBasic(type: number, name: string, value: unknown, old: GobValue | undefined): GobValue | undefined {
  switch (type) {
    case BOOL:
      return typeof value === 'boolean' ? value : undefined
    case INT:
    case UINT:
      return fitInteger(type, name, value)
    case FLOAT:
      return fitFloat(name, value, old)
    case BYTES:
      return value instanceof Uint8Array ? value : undefined
    case STRING:
      return fitString(value, old)
    case COMPLEX: {
      const { re, im } = Object(value) as Record<string, unknown>
      const [oldRe, oldIm] = (old ?? []) as readonly GobValue[]
      const half = name === 'complex64' ? 'float32' : 'float64'
      const parts = [fitFloat(half, re, oldRe), fitFloat(half, im, oldIm)]
      return parts.includes(undefined) ? undefined : (parts as GobValue[])
    }
    default:
      return undefined
  }
}

function fitInteger(type: number, name: string, value: unknown): number | bigint | undefined {
  if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) return undefined
  return fitsWidth(name, type, value as number | bigint) ? (value as number | bigint) : undefined
}

function fitFloat(name: string, value: unknown, old: GobValue | undefined): number | bigint | undefined {
  if (typeof value !== 'number') return undefined
  if (Number.isNaN(value)) return typeof old === 'bigint' ? old : GO_NAN
  if (name !== 'float32') return value
  const isTooLarge = Number.isFinite(value) && Math.abs(value) > LARGEST_FLOAT32
  return isTooLarge ? undefined : Math.fround(value)
}

function fitString(value: unknown, old: GobValue | undefined): string | Uint8Array | undefined {
  if (typeof value !== 'string') return undefined
  if (old instanceof Uint8Array && readableText(old) === value) return old
  return isEncodable(value) ? value : undefined
}

/** What a struct leaves out. A -0 is none. */
export function isZero(value: GobValue): boolean {
  if (value === null || value === false || value === '' || Object.is(value, 0) || value === 0n) return true
  return value instanceof Uint8Array && value.length === 0
}
