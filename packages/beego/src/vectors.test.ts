/** What a running Beego stored, and what we make of it. The Go program in test/go holds the same from the other side. */
import { describe, expect, it } from 'vitest'
import { differenceOf, keyAs, shownAs } from '../test/support/nodes.ts'
import { vectors } from '../test/support/vectors.ts'
import { readSession } from './gob/read-session.ts'
import { writeSession } from './gob/write-session.ts'
import { gobCodec } from './gob-codec.ts'

const codec = gobCodec()
const at = { key: 'k', header: '' }

describe.each(vectors)('the session of a running Beego: $title', ({ bytes, values }) => {
  it('is on the wire what Beego read from it', () => {
    expect(differenceOf(readSession(bytes), values)).toBeUndefined()
  })

  it('has the values that Beego read from it', async () => {
    const expected = Object.fromEntries(values.entries!.map(([key, value]) => [keyAs(key), shownAs(value)]))
    const decoded = await codec.decode(bytes, at)
    expect(Object.getPrototypeOf(decoded)).toBeNull()
    expect({ ...decoded }).toEqual(expected)
  })

  it('is written again with the same types and values, all definitions first', () => {
    const session = readSession(bytes)
    const again = readSession(writeSession(session))
    expect(differenceOf(again, values)).toBeUndefined()
    expect(again.entries).toEqual(session.entries)
    for (const [id, definition] of again.definitions) expect(session.definitions.get(id)).toEqual(definition)
  })

  it('is the same bytes when nothing was changed', async () => {
    expect(await codec.encode(await codec.decode(bytes, at), { ...at, replaces: bytes })).toBe(bytes)
  })

  it('keeps the types of all else when one value is added', async () => {
    const data = { ...(await codec.decode(bytes, at)), 'added by us': 'x' }
    const encoded = (await codec.encode(data, { ...at, replaces: bytes })) as Uint8Array
    const added = [
      { t: 'string', v: 'added by us' },
      { t: 'string', v: 'x' },
    ] as const
    const entries = [...values.entries!, [...added]] as NonNullable<typeof values.entries>
    expect(differenceOf(readSession(encoded), { ...values, entries })).toBeUndefined()
  })
})
