/** A stored session as the values of a handler, and the other way. What was not changed is written as it was read. */
import { SessionError } from '@sentinel-session/core'
import { deepEqual } from '@sentinel-session/core/internal'
import type { GobSession, Held } from './gob-value.ts'
import { keyOfText, keyText } from './key-text.ts'
import { readSession } from './read-session.ts'
import { ToGo } from './to-go.ts'
import { emptyRecord, shownHeld } from './to-js.ts'
import { Types } from './types.ts'
import { valueBytes, writeSession } from './write-session.ts'

type Entry = GobSession['entries'][number]

interface Shown {
  entry: Entry
  value: unknown
}

/** No bytes at all are an empty session: Beego stores it so when it regenerates a sid that was not there. */
export function valuesOf(stored: Uint8Array): Record<string, unknown> {
  const values = emptyRecord()
  for (const [text, { value }] of shownEntries(stored.length === 0 ? undefined : readSession(stored)))
    values[text] = value
  return values
}

/**
 * `stored` is what the bytes take the place of. With no change, they are the same. Null and undefined are left out at the top: Beego could
 * read a nil there, but not save the session any more. Throws `ERR_SESSION_VALUE`.
 */
export function sessionOf(
  values: Readonly<Record<string, unknown>>,
  stored: Uint8Array | undefined,
  dates: boolean,
): Uint8Array {
  const session = stored === undefined || stored.length === 0 ? undefined : readSession(stored)
  const before = shownEntries(session)
  const isSame = (text: string): boolean => before.has(text) && deepEqual(before.get(text)!.value, values[text])
  const texts = Object.keys(values)
  if (stored !== undefined && texts.length === before.size && texts.every(isSame)) return stored

  const types = new Types(session)
  const entries: Entry[] = []
  for (const text of texts) {
    const value = values[text]
    const old = before.get(text)?.entry
    if (value === null || value === undefined) continue
    if (old !== undefined && isSame(text)) entries.push(old)
    else entries.push([old === undefined ? keyOf(text) : old[0], new ToGo(types, text, dates).value(value, old?.[1])])
  }
  return writeSession({ root: types.root, entries, definitions: types.definitions })
}

/** Throws `ERR_SESSION_VALUE` for what no session can hold, whatever is in its place. */
export function checkValue(key: string, value: unknown): void {
  if (!key.startsWith('key(')) keyOf(key)
  new ToGo(new Types(), key, true).value(value)
}

function shownEntries(session: GobSession | undefined): Map<string, Shown> {
  const all = new Map<string, Shown>()
  if (session === undefined) return all
  const { entries, definitions } = session
  for (const entry of entries) {
    const text = keyText(entry[0], key => valueBytes(key.type, key.value, definitions))
    all.set(text, { entry, value: shownHeld(entry[1], definitions) })
  }
  return all
}

function keyOf(text: string): Held {
  const key = keyOfText(text)
  if (key !== undefined && (typeof key.value !== 'string' || !/\p{Surrogate}/u.test(key.value))) return key
  const message = `The session key "${text}" is none that Go can have: int(5) and the like are keys of other types.`
  throw new SessionError('ERR_SESSION_VALUE', message, { field: text })
}
