import { describe, expect, it } from 'vitest'
import { headLength, listedIn, type State, stateOf } from './distant-member.ts'

const USER = 'sess:user:ada'
const revision = 'k3v9x0ab00000070'
const record = (user?: string): string => {
  const owner = user === undefined ? '' : `,"u":"${user}"`
  return `{"v":1,"w":"${revision}","c":1767225600000${owner},"d":{"n":1}}`
}
const full = `{"v":1,"w":"${Array(8).fill(revision).join(' ')}","c":1767225600000000,"u":"${USER}x","d":{}}`

describe('a session that is listed', () => {
  const cases: [what: string, head: string, whileInFlight: State, later: State][] = [
    ['is live with a record of the user', record(USER), 'live', 'live'],
    ['is over with a record of another', record('sess:user:bob'), 'over', 'over'],
    ['is over with a record of another of whom the user is the beginning', full, 'over', 'over'],
    ['is over with a tombstone', `-destroyed ${revision} ${revision}`, 'over', 'over'],
    ['is over with what is no record', 'foreign', 'over', 'over'],
    ['is awaited with the record of nobody', record(), 'coming', 'missing'],
    ['is awaited with nothing', '', 'coming', 'missing'],
  ]
  it.each(cases)('%s', (_, value, whileInFlight, later) => {
    const head = value.slice(0, headLength(USER))
    expect(stateOf({ flight: 1000 }, head, USER, 999)).toBe(whileInFlight)
    expect(stateOf({ flight: 1000 }, head, USER, 1000)).toBe(later)
  })
})

it('is read from its field in the index, also from one that another topology has written', () => {
  const fields: [key: string, value: string][] = [
    ['g', '1767225600000'],
    ['a', `0 1767225601000 1767225600000 1767225616000~${revision}~old a "label"\nof two lines`],
    ['b', `-1  1767225600001 1767225616000~0~ `],
    ['c', '0 1767225601000 1767225600002 old '],
  ]
  expect(listedIn(fields.flat().map(text => Buffer.from(text)))).toEqual([
    { key: 'a', createdAt: 1767225600000, flight: 1767225616000, label: 'a "label"\nof two lines' },
    { key: 'b', createdAt: 1767225600001, flight: 1767225616000 },
    { key: 'c', createdAt: 1767225600002, flight: 0 },
  ])
})
