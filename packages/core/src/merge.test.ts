import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Data, emptyData, merge, type OnConflict } from './merge.ts'

const of = (values: Data): Data => Object.assign(emptyData(), values)
const plain = (data: Data): Data => ({ ...data })

type Row = [
  title: string,
  base: Data,
  mine: Data,
  theirs: Data,
  merged: Data,
  conflicts: string[],
  onConflict?: OnConflict,
]

describe('the three-way merge', () => {
  it.each<Row>([
    ['takes what only I added', {}, { a: 1 }, { b: 2 }, { a: 1, b: 2 }, []],
    ['takes what only they added', { a: 1 }, { a: 1 }, { a: 1, b: 2 }, { a: 1, b: 2 }, []],
    ['takes what only I changed', { a: 1, b: 1 }, { a: 2, b: 1 }, { a: 1, b: 2 }, { a: 2, b: 2 }, []],
    ['takes what only I deleted', { a: 1, b: 1 }, { b: 1 }, { a: 1, b: 2 }, { b: 2 }, []],
    ['takes what only they deleted', { a: 1 }, { a: 1 }, {}, {}, []],
    ['has no conflict over equal values', { a: 1 }, { a: { x: [1] } }, { a: { x: [1] } }, { a: { x: [1] } }, []],
    ['has no conflict when both deleted', { a: 1 }, {}, {}, {}, []],
    ['lets my deletion win', { a: 1 }, {}, { a: 2 }, {}, ['a:mine']],
    ['lets their deletion win', { a: 1 }, { a: 2 }, {}, {}, ['a:theirs']],
    ['lets the last write win', { a: 1 }, { a: 2 }, { a: 3 }, { a: 2 }, ['a:mine'], 'mine'],
    ['lets the first write win when told', { a: 1 }, { a: 2 }, { a: 3 }, { a: 3 }, ['a:theirs'], 'theirs'],
    [
      'asks a function',
      { a: 1 },
      { a: 2 },
      { a: 3 },
      { a: 6 },
      ['a:custom'],
      (_, v) => Number(v.base) * Number(v.mine) * Number(v.theirs),
    ],
    ['deletes what a function answers undefined for', { a: 1 }, { a: 2 }, { a: 3 }, {}, ['a:custom'], () => undefined],
    [
      'does not care what a key is called',
      {},
      of({ ['__proto__']: 1 }),
      of({ toString: 2 }),
      of({ ['__proto__']: 1, toString: 2 }),
      [],
    ],
  ])('%s', (_, base, mine, theirs, merged, conflicts, onConflict = 'mine') => {
    const result = merge({ base: of(base), mine: of(mine), theirs: of(theirs), onConflict })
    expect(Object.entries(result.data)).toEqual(expect.arrayContaining(Object.entries(merged)))
    expect(Object.keys(result.data)).toHaveLength(Object.keys(merged).length)
    expect(result.conflicts.map(({ key, resolved }) => `${key}:${resolved}`)).toEqual(conflicts)
  })

  it("rejects with the key when onConflict is 'reject'", () => {
    const sides = { base: of({ a: 1 }), mine: of({ a: 2 }), theirs: of({ a: 3 }), onConflict: 'reject' as const }
    expect(() => merge(sides)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_CONFLICT', field: 'a' }))
  })

  it('runs an update again on what is stored, also when both came to the same value', () => {
    const updates = new Map([['n', (now: unknown) => Number(now) + 1]])
    const sides = { base: of({ n: 5 }), mine: of({ n: 6 }), theirs: of({ n: 6 }), updates, onConflict: 'mine' as const }
    expect(plain(merge(sides).data)).toEqual({ n: 7 })
  })

  it('does not run an update again on what was deleted', () => {
    const updates = new Map([['user', () => ({ seen: 1 })]])
    const sides = {
      base: of({ user: {} }),
      mine: of({ user: { seen: 1 } }),
      theirs: of({}),
      updates,
      onConflict: 'mine' as const,
    }
    expect(plain(merge(sides).data)).toEqual({})
  })

  it('leaves its three sides as they are, and needs no change of mine to take all of theirs', () => {
    const values = fc.dictionary(
      fc.string({ maxLength: 3 }),
      fc.oneof(fc.integer(), fc.array(fc.integer(), { maxLength: 2 })),
    )
    fc.assert(
      fc.property(values, values, values, (base, mine, theirs) => {
        const sides = { base: of(base), mine: of(mine), theirs: of(theirs) }
        const before = structuredClone([plain(sides.base), plain(sides.mine), plain(sides.theirs)])
        merge({ ...sides, onConflict: 'mine' })
        expect([plain(sides.base), plain(sides.mine), plain(sides.theirs)]).toEqual(before)
        expect(plain(merge({ ...sides, mine: sides.base, onConflict: 'mine' }).data)).toEqual(plain(sides.theirs))
        expect(plain(merge({ ...sides, theirs: sides.base, onConflict: 'mine' }).data)).toEqual(plain(sides.mine))
      }),
    )
  })
})
