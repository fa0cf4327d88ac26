import { expect, it } from 'vitest'
import { balance, entryOf } from './ledger.mjs'

const acknowledged = [
  { op: 'a', at: 100 },
  { op: 'b', at: 200 },
]
const session = (facts = {}) => ({ ...entryOf('ada.1', 'sid=1'), acknowledged, ...facts })
const EVEN = { lost: 0, duplicated: 0, resurrected: 0, sessionsLost: 0, silentlyEmpty: 0, strangers: 0, unread: 0 }

it('balances when all that was acknowledged is there, and nothing else', () => {
  const found = { user: 'ada.1', n: 2, ops: ['a', 'b'] }
  expect(balance([session()], [found])).toEqual({ sessions: 1, acknowledged: 2, logouts: 0, ...EVEN })
})

it('finds an acknowledged update that is not there', () => {
  expect(balance([session()], [{ user: 'ada.1', n: 1, ops: ['b'] }])).toMatchObject({
    ...EVEN,
    lost: 1,
    lostBetween: [100, 100],
  })
})

it('finds an update that was applied twice, acknowledged or not', () => {
  const entry = session({ unknown: ['c'] })
  const twice = { user: 'ada.1', n: 5, ops: ['a', 'b', 'b', 'c', 'c'] }
  expect(balance([entry], [twice])).toMatchObject({ ...EVEN, duplicated: 2 })
})

it('finds a counter that disagrees with the list', () => {
  expect(balance([session()], [{ user: 'ada.1', n: 3, ops: ['a', 'b'] }])).toMatchObject({ ...EVEN, duplicated: 1 })
})

it('accepts an unknown update either way', () => {
  const entry = session({ unknown: ['c'] })
  const without = { user: 'ada.1', n: 2, ops: ['a', 'b'] }
  const withIt = { user: 'ada.1', n: 3, ops: ['a', 'b', 'c'] }
  expect(balance([entry, entry], [without, withIt])).toMatchObject(EVEN)
})

it('finds a session that answers after an acknowledged logout', () => {
  const ended = session({ logout: 'acknowledged' })
  const found = [{ user: 'ada.1', n: 2, ops: ['a', 'b'] }, { user: null }]
  expect(balance([ended, ended], found)).toMatchObject({ ...EVEN, logouts: 2, resurrected: 1 })
})

it('accepts either end of an unknown logout, but not half a session', () => {
  const leaving = session({ logout: 'unknown' })
  expect(balance([leaving], [{ user: null }])).toMatchObject(EVEN)
  expect(balance([leaving], [{ user: 'ada.1', n: 1, ops: ['a'] }])).toMatchObject({ ...EVEN, lost: 1 })
})

it('counts the updates of a lost session as lost', () => {
  expect(balance([session()], [{ user: null }])).toMatchObject({
    ...EVEN,
    sessionsLost: 1,
    lost: 2,
    lostBetween: [100, 200],
  })
})

it("takes somebody else's session for no proof of anything", () => {
  expect(balance([session()], [{ user: 'bob.1', n: 2, ops: ['a', 'b'] }])).toMatchObject({ ...EVEN, strangers: 1 })
})

it('says which sessions nobody answered for, and adds up what users saw', () => {
  const entries = [session({ empties: 2 }), session({ strangers: 1 })]
  expect(balance(entries, [undefined, undefined])).toMatchObject({ ...EVEN, silentlyEmpty: 2, strangers: 1, unread: 2 })
})
