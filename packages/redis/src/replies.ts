/** What a node sends, as RESP2: bytes in, whole replies out, however they are cut. */
import type { Reply } from './command.ts'

const CR = 0x0d
const STATUS = 0x2b
const ERROR = 0x2d
const NUMBER = 0x3a
const BYTES = 0x24
const LIST = 0x2a
const MINUS = 0x2d
const ZERO = 0x30

/** Of "\r\n" behind a line, and behind bytes. */
const END_LENGTH = 2

interface List {
  length: number
  items: Reply[]
}

export class Replies {
  /** The reply that has begun, in pieces: joined only when they are enough, and nothing else with them. */
  #pieces: Buffer[] = []
  /** Bytes until it is whole. 0: unknown, it is cut within a line. */
  #missing = 0
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  /** Those that have begun, the outermost first. */
  readonly #lists: List[] = []

  #whole: (Reply | Error)[] = []

  /**
   * The replies that are whole with this piece; what Redis refuses with is an error with the name `ReplyError`. Throws when it is not
   * RESP2: nothing that comes after can be understood.
   */
  read(piece: Buffer): readonly (Reply | Error)[] {
    this.#whole = []
    if (piece.length < this.#missing) {
      this.#pieces.push(piece)
      this.#missing -= piece.length
    } else if (this.#pieces.length === 0) this.#readAll(piece)
    else {
      const end = this.#missing || piece.length
      this.#readAll(Buffer.concat([...this.#pieces, piece.subarray(0, end)]))
      if (end < piece.length) this.#readAll(piece.subarray(end))
    }
    return this.#whole
  }

  #readAll(bytes: Buffer): void {
    this.#bytes = bytes
    this.#at = 0
    this.#missing = 0
    let read = 0
    while (this.#readNext()) read = this.#at
    this.#pieces = read < bytes.length ? [bytes.subarray(read)] : []
  }

  /** False: the next one has not come whole. */
  #readNext(): boolean {
    const start = this.#at + 1
    const end = this.#bytes.indexOf(CR, start)
    if (end === -1 || end + END_LENGTH > this.#bytes.length) return false
    const kind = this.#bytes[this.#at]
    this.#at = end + END_LENGTH
    if (kind === BYTES) return this.#readBytes(this.#number(start, end))
    if (kind === NUMBER) this.#settle(this.#number(start, end))
    else if (kind === LIST) this.#begin(this.#number(start, end))
    else if (kind === STATUS) this.#settle(this.#bytes.subarray(start, end))
    else if (kind === ERROR) this.#settle(replyError(this.#bytes.toString('utf8', start, end)))
    else throw notUnderstood()
    return true
  }

  #readBytes(length: number): boolean {
    if (length < 0) {
      this.#settle(null)
      return true
    }
    const end = this.#at + length
    if (end + END_LENGTH > this.#bytes.length) {
      this.#missing = end + END_LENGTH - this.#bytes.length
      return false
    }
    const bytes = this.#bytes.subarray(this.#at, end)
    this.#at = end + END_LENGTH
    this.#settle(bytes)
    return true
  }

  #begin(length: number): void {
    if (length > 0) this.#lists.push({ length, items: [] })
    else this.#settle(length === 0 ? [] : null)
  }

  /** A list is whole with its last item, and may be the last one of another. */
  #settle(reply: Reply | Error): void {
    let whole = reply
    for (let list = this.#lists.at(-1); list !== undefined; list = this.#lists.at(-1)) {
      if (whole instanceof Error) throw notUnderstood()
      list.items.push(whole)
      if (list.items.length < list.length) return
      this.#lists.pop()
      whole = list.items
    }
    this.#whole.push(whole)
  }

  #number(start: number, end: number): number {
    const isNegative = this.#bytes[start] === MINUS
    let number = 0
    for (let at = isNegative ? start + 1 : start; at < end; at += 1) {
      const digit = this.#bytes[at]! - ZERO
      if (digit < 0 || digit > 9) throw notUnderstood()
      number = number * 10 + digit
    }
    return isNegative ? -number : number
  }
}

function replyError(message: string): Error {
  const error = new Error(message)
  error.name = 'ReplyError'
  return error
}

function notUnderstood(): Error {
  return new Error('A node answered with what is not RESP2.')
}
