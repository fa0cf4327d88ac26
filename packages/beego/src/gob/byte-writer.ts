/** Writes the numbers and strings of gob, each in its shortest form. */
import { bytesOf } from './text.ts'

/** Up to here the loop is faster than the encoder. */
const SHORT = 32

export class ByteWriter {
  #bytes = new Uint8Array(256)
  #length = 0
  readonly #scratch = new DataView(new ArrayBuffer(8))

  uint(value: number | bigint): void {
    if (value < 0x80) {
      this.#byte(Number(value))
      return
    }
    this.#scratch.setBigUint64(0, BigInt(value))
    this.#significant()
  }

  int(value: number | bigint): void {
    if (typeof value === 'number' && Math.abs(value) < 2 ** 52) {
      this.uint(value < 0 ? -2 * value - 1 : 2 * value)
      return
    }
    const wide = BigInt(value)
    this.uint(wide < 0n ? -2n * wide - 1n : 2n * wide)
  }

  /** A number, or the 64 bits of a NaN. */
  float(value: number | bigint): void {
    if (typeof value === 'bigint') this.#scratch.setBigUint64(0, value, true)
    else this.#scratch.setFloat64(0, value, true)
    if (this.#scratch.getBigUint64(0) < 0x80n) this.#byte(this.#scratch.getUint8(7))
    else this.#significant()
  }

  blob(bytes: Uint8Array): void {
    this.uint(bytes.length)
    this.raw(bytes)
  }

  string(text: string | Uint8Array): void {
    if (typeof text !== 'string') this.blob(text)
    else if (text.length > SHORT || !this.#ascii(text)) this.blob(bytesOf(text))
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** What `write` writes, behind its length. */
  measured(write: () => void): void {
    const start = this.#length
    write()
    const size = this.#length - start
    this.uint(size)
    const prefix = this.#bytes.slice(start + size, this.#length)
    this.#bytes.copyWithin(start + prefix.length, start, start + size)
    this.#bytes.set(prefix, start)
  }

  /** All that was written. */
  taken(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  /** What the scratch holds, without the zeros in front, behind the number of bytes. */
  #significant(): void {
    let first = 0
    while (this.#scratch.getUint8(first) === 0) first++
    this.#byte(0x100 - (8 - first))
    for (let i = first; i < 8; i++) this.#byte(this.#scratch.getUint8(i))
  }

  /** False, and nothing written, where there is more to it. */
  #ascii(text: string): boolean {
    const start = this.#length
    this.#reserve(1 + text.length)
    this.#bytes[start] = text.length
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      if (unit > 0x7f) return false
      this.#bytes[start + 1 + i] = unit
    }
    this.#length = start + 1 + text.length
    return true
  }

  #byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length] = value
    this.#length += 1
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + size))
    larger.set(this.#bytes)
    this.#bytes = larger
  }
}
