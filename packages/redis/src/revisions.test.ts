import { describe, expect, it } from 'vitest'
import { contains, isDominated, isUnsure, latestOf, listOver, union, Writer, writtenAgain } from './revisions.ts'

describe('revisions', () => {
  it('are of fixed width, and grow as text and as number', () => {
    const writer = new Writer()
    const all = Array.from({ length: 100 }, () => writer.next())
    for (const revision of all) expect(revision).toMatch(/^[0-9a-z]{16}$/)
    expect([...all].sort()).toEqual(all)
    expect(new Set(all.map(revision => revision.slice(0, 8))).size).toBe(1)
  })

  it('list each other recent writer once, the latest first, eight at the most', () => {
    const writers = Array.from({ length: 10 }, () => new Writer())
    let list = ''
    for (const writer of [...writers, writers[9]!, writers[3]!]) {
      const revision = writer.next()
      list = listOver(list, revision)
      expect(latestOf(list)).toBe(revision)
    }
    const entries = list.split(' ')
    expect(entries).toHaveLength(8)
    expect(new Set(entries.map(entry => entry.slice(0, 8))).size).toBe(8)
  })

  it('of a full list cannot tell whether a writer that is not on it was pushed off', () => {
    const writers = Array.from({ length: 8 }, () => new Writer())
    const list = writers.reduce((before, writer) => listOver(before, writer.next()), '')
    expect(isUnsure(list, writers[0]!.next())).toBe(false)
    expect(isUnsure(list, new Writer().next())).toBe(true)
    expect(isUnsure(list.slice(0, -17), new Writer().next())).toBe(false)
  })
})

describe('the union of two lists', () => {
  it('has each writer once, by its later write', () => {
    const list = (...entries: string[]): string =>
      entries.map(each => each[0]!.repeat(8) + `${each[1]}0`.padStart(8, '0')).join(' ')
    expect(union(list('a2', 'b1'), list('c1', 'b3', 'a1'))).toBe(list('a2', 'b3', 'c1'))
  })
})

describe('a list of revisions', () => {
  const [a1, a2, b1, b2] = ['aaaaaaaa00000010', 'aaaaaaaa00000020', 'bbbbbbbb00000010', 'bbbbbbbb00000020'] as const

  it.each([
    [`${a1} ${b1}`, a1, true],
    [`${a2} ${b1}`, a1, true],
    [`${b1} ${a1}`, a2, false],
    [b1, a1, false],
  ])('%s contains %s: %s', (list, revision, expected) => expect(contains(list, revision)).toBe(expected))

  it('of a record that is written again has the same writes, by another revision', () => {
    const list = `${a2} ${b1}`
    const again = writtenAgain(list)
    const oftener = writtenAgain(again)
    expect(new Set([list, again, oftener].map(latestOf)).size).toBe(3)
    for (const one of [list, again, oftener]) {
      for (const other of [list, again, oftener]) expect(isDominated(one, other)).toBe(true)
      expect(contains(one, a1)).toBe(true)
      expect(isDominated(`${b2} ${a1}`, one)).toBe(false)
    }
  })

  it.each([
    [`${b1} ${a1}`, `${a2} ${b1}`, true],
    [a1, a1, true],
    [`${b2} ${a1}`, `${a2} ${b1}`, false],
    [b1, a1, false],
  ])('%s is dominated by %s: %s', (list, by, expected) => expect(isDominated(list, by)).toBe(expected))
})
