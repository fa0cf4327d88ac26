/**
 * Reads the numbers and strings of gob, and knows two bounds: the end of the current message, and what the whole input may cost. A count
 * is compared with the bytes that are left before anything is made of it.
 */
import { malformed } from './malformed.ts'
import { textOf } from './text.ts'

/**
 * Values that one byte of input may stand for, and what any input may: a container counts as several. What a session really holds
 * needs less than one per byte; the fields of a struct that are left out are what could be made many of.
 */
const CELLS_PER_BYTE = 4
const CELLS_FOR_ANY = 4096

export class ByteReader {
  readonly bytes: Uint8Array
  at = 0
  /** Where the current message ends. */
  end = 0
  readonly #scratch = new DataView(new ArrayBuffer(8))
  readonly #names = new Map<number, { start: number; name: string }>()
  #cells: number

  constructor(bytes: Uint8Array) {
    // Of a Buffer, slice() would be a view and subarray() a Buffer, which is no value of a session.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#cells = bytes.length * CELLS_PER_BYTE + CELLS_FOR_ANY
  }

  /** Throws `ERR_RECORD_MALFORMED` when the input stands for too much. */
  spend(cells: number): void {
    this.#cells -= cells
    if (this.#cells < 0) throw this.malformed('it stands for far more values than it has bytes')
  }

  get isMessageUsedUp(): boolean {
    return this.at === this.end
  }

  /** Goes on behind the length of the next message. */
  nextMessage(): void {
    this.end = this.bytes.length
    const length = this.#size('a message')
    this.end = this.at + length
  }

  uint(): number | bigint {
    const first = this.#byte()
    if (first < 0x80) return first
    const size = 0x100 - first
    if (size > 8) throw this.malformed('a number of more than eight bytes')
    const start = this.#take(size)
    if (size > 6) return this.#wide(start, size)
    let value = 0
    for (let at = start; at < start + size; at++) value = value * 0x100 + this.bytes[at]!
    return value
  }

  int(): number | bigint {
    const bits = this.uint()
    if (typeof bits === 'number') return bits % 2 === 0 ? bits / 2 : -(bits + 1) / 2
    return narrow(bits % 2n === 0n ? bits / 2n : -(bits + 1n) / 2n)
  }

  bool(): boolean {
    const value = this.uint()
    if (value !== 0 && value !== 1) throw this.malformed('a bool that is neither true nor false')
    return value === 1
  }

  /** A NaN as its 64 bits, since not each is the same; all else as a number. */
  float(): number | bigint {
    const first = this.#byte()
    this.#scratch.setBigUint64(0, 0n)
    if (first < 0x80) this.#scratch.setUint8(7, first)
    else {
      const size = 0x100 - first
      if (size > 8) throw this.malformed('a number of more than eight bytes')
      const start = this.#take(size)
      for (let i = 0; i < size; i++) this.#scratch.setUint8(8 - size + i, this.bytes[start + i]!)
    }
    // On the wire the eight bytes are reversed.
    const value = this.#scratch.getFloat64(0, true)
    return Number.isNaN(value) ? this.#scratch.getBigUint64(0, true) : value
  }

  /** A length or a number of elements, each of which takes at least so many bytes. */
  count(what: string, leastBytes = 1): number {
    const count = this.uint()
    if (count > (this.bytes.length - this.at) / leastBytes)
      throw this.malformed(`${what} that is longer than the input`)
    return count as number
  }

  /** A view of the input. */
  blob(what: string): Uint8Array {
    const length = this.#size(what)
    const start = this.#take(length)
    return this.bytes.subarray(start, start + length)
  }

  /** Text, or its bytes where they are not UTF-8. */
  string(): string | Uint8Array {
    const length = this.#size('a string')
    const start = this.#take(length)
    return textOf(this.bytes, start, this.at) ?? this.bytes.subarray(start, this.at)
  }

  /** The name of a type, of a field: no longer than Go takes it, and no control characters. The same few come again and again. */
  name(): string {
    const length = this.#size('a name')
    const start = this.#take(length)
    let hash = length
    for (let at = start; at < this.at; at++) hash = (Math.imul(hash, 31) + this.bytes[at]!) | 0
    const known = this.#names.get(hash)
    if (known !== undefined && this.#isSame(known.start, start, length)) return known.name
    const name = length > 1024 ? undefined : textOf(this.bytes, start, this.at)
    if (name === undefined || /\p{Cc}/u.test(name)) throw this.malformed('a name that is none')
    this.#names.set(hash, { start, name })
    return name
  }

  malformed(what: string): Error {
    return malformed(what, this.at)
  }

  #isSame(known: number, start: number, length: number): boolean {
    for (let i = 0; i < length; i++) if (this.bytes[known + i] !== this.bytes[start + i]) return false
    return known + length <= start
  }

  /** A length that must be there, within the message. */
  #size(what: string): number {
    const size = this.uint()
    if (size > this.end - this.at) throw this.malformed(`${what} that is longer than the input`)
    return size as number
  }

  #byte(): number {
    return this.bytes[this.#take(1)]!
  }

  #take(size: number): number {
    const start = this.at
    if (size > this.end - start) throw this.malformed('the message ends')
    this.at = start + size
    return start
  }

  #wide(start: number, size: number): number | bigint {
    let value = 0n
    for (let at = start; at < start + size; at++) value = (value << 8n) | BigInt(this.bytes[at]!)
    return narrow(value)
  }
}

/** A number where that is exact. */
function narrow(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
