/**
 * Revisions: who wrote, and in which order (PROTOCOL section 1). Fixed width, so that the script needs no parser: the writer, the
 * count of its writes, and one digit for how often this write was made again for a primary that had lost it.
 */
import { randomInt } from 'node:crypto'

const WIDTH = 8
const REVISION_WIDTH = 2 * WIDTH
/** Without the last digit. */
const WRITE_WIDTH = REVISION_WIDTH - 1
const MOST_WRITERS = 8
/** In the order of its characters. */
const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz'

/** One backend instance, with its own count of writes. */
export class Writer {
  readonly #name: string = Array.from({ length: WIDTH }, () => ALPHABET[randomInt(36)]).join('')
  #writes = 0

  /** The revision of a new write. */
  next(): string {
    this.#writes += 1
    return `${this.#name}${this.#writes.toString(36).padStart(WIDTH - 1, '0')}0`
  }
}

/** The list of a record that is written over a base: the revision of the write, then the latest of each other recent writer. */
export function listOver(base: string, revision: string): string {
  if (writerOf(base) === writerOf(revision)) return revision + base.slice(REVISION_WIDTH)
  return [revision, ...othersThan(revision, base).slice(0, MOST_WRITERS - 1)].join(' ')
}

/** The entries of a list that are of other writers than this revision. */
function othersThan(revision: string, list: string): string[] {
  return list.split(' ').filter(entry => writerOf(entry) !== writerOf(revision))
}

/** The list of a record in which two others were merged: of each writer the later write. */
export function union(mine: string, theirs: string): string {
  const later = mine.split(' ').map(entry => {
    const other = theirs.split(' ').find(each => writerOf(each) === writerOf(entry))
    return other !== undefined && other > entry ? other : entry
  })
  const others = theirs.split(' ').filter(entry => !later.some(each => writerOf(each) === writerOf(entry)))
  return [...later, ...others].join(' ')
}

/** Whether a list cannot tell if a write of the writer of this revision is in it: it is full, and that one may have been pushed off. */
export function isUnsure(list: string, revision: string): boolean {
  const entries = list.split(' ')
  return entries.length >= MOST_WRITERS && !entries.some(entry => writerOf(entry) === writerOf(revision))
}

/**
 * The list of a record that is written again, unchanged. Its revision is another one: what was sent on the record before it was
 * lost, and is late, must not find it as its base.
 */
export function writtenAgain(list: string): string {
  const times = ALPHABET.indexOf(list[WRITE_WIDTH]!) + 1
  return list.slice(0, WRITE_WIDTH) + ALPHABET[Math.min(times, ALPHABET.length - 1)] + list.slice(REVISION_WIDTH)
}

/** The record with this list has the write of this revision: its own writer is on it with this or a later count. */
export function contains(list: string, revision: string): boolean {
  const own = list.split(' ').find(entry => writerOf(entry) === writerOf(revision))
  return own !== undefined && own.slice(0, WRITE_WIDTH) >= revision.slice(0, WRITE_WIDTH)
}

/** The record with the second list has all writes of the one with the first: it is the same or a later one. */
export function isDominated(list: string, by: string): boolean {
  return list.split(' ').every(entry => contains(by, entry))
}

function writerOf(revision: string): string {
  return revision.slice(0, WIDTH)
}

/** The revision of the latest write. */
export function latestOf(list: string): string {
  return list.slice(0, REVISION_WIDTH)
}
