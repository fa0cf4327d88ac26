/** Revisions: who wrote, and in which order (PROTOCOL section 1). Fixed width, so that the script needs no parser. */
import { randomInt } from 'node:crypto'

const WIDTH = 8
const MOST_WRITERS = 8
const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz'

/** One backend instance, with its own count of writes. */
export class Writer {
  readonly #name: string = Array.from({ length: WIDTH }, () => ALPHABET[randomInt(36)]).join('')
  #writes = 0

  /** The revision of a new write. */
  next(): string {
    this.#writes += 1
    return this.#name + this.#writes.toString(36).padStart(WIDTH, '0')
  }

  /** The list of a record that this writer writes over a base: its revision, then the latest of each other recent writer. */
  listOver(base: string, revision: string): string {
    const others = base.split(' ').filter(entry => !entry.startsWith(this.#name))
    return [revision, ...others.slice(0, MOST_WRITERS - 1)].join(' ')
  }

  /** Whether a list cannot tell if a write of this writer is in it: it is full, and this writer may have been pushed off. */
  isUnsure(list: string): boolean {
    const entries = list.split(' ')
    return entries.length >= MOST_WRITERS && !entries.some(entry => entry.startsWith(this.#name))
  }
}

/** The revision of the latest write. */
export function latestOf(list: string): string {
  return list.slice(0, 2 * WIDTH)
}
