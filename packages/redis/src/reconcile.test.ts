import type { StoredRecord } from '@sentinel-session/core'
import { describe, expect, it } from 'vitest'
import type { EndedEntry, Entry, JoinedEntry, LiveEntry, RaisedEntry } from './journal.ts'
import { type Action, type Found, reconcile } from './reconcile.ts'

const NOW = 1_000_000
const origin = { dataSet: 'd', holders: new Set<string>() }

/** `a3` is the third write of writer a, in the fixed width of a revision. */
function list(...revisions: string[]): string {
  return revisions.map(each => `${each[0]!.padEnd(8, each[0])}${each.slice(1).padStart(7, '0')}0`).join(' ')
}

function record(revisions: string, more: Partial<StoredRecord> = {}): StoredRecord {
  return { revisions, createdAt: 0, expiresAt: NOW + 1000, body: '{}', ...more }
}

const MINE = list('a3', 'b2')
const live: LiveEntry = {
  kind: 'live',
  listed: undefined,
  key: 'k',
  record: record(MINE),
  earlier: [],
  base: null,
  redo: async (_key, _base, mine) => mine,
  origin,
  at: 0,
}
const ended: EndedEntry = {
  kind: 'ended',
  key: 'k',
  tombstone: `-destroyed ${list('a4')} ${list('a3')}`,
  origin,
  at: 0,
}
const raised: RaisedEntry = { kind: 'raised', key: 'u', generation: 7, origin, at: 0 }
const joined: JoinedEntry = {
  kind: 'joined',
  key: 'u k',
  user: 'u',
  session: 'k',
  createdAt: 0,
  listed: {},
  origin,
  at: 0,
}
const full = list('b1', 'c1', 'd1', 'e1', 'f1', 'g1', 'h1', 'i1')

describe('what becomes of an entry', () => {
  it.each<[row: string, Entry, Found, Action['do'], restore?: boolean]>([
    ['1: past its deadline', { ...live, record: record(MINE, { expiresAt: NOW }) }, null, 'forget'],
    ['2: ended, and absent', ended, null, 'end'],
    ['3: ended, and ended', ended, 'ended', 'nothing'],
    ['4: ended, and live', ended, record(list('b9')), 'end'],
    ['5: live, and ended', live, 'ended', 'forget'],
    ['7: live, absent, and not to be restored', live, null, 'lost', false],
    ['8: live, and absent', live, null, 'restore'],
    ['9: the same write', live, record(MINE), 'nothing'],
    ['9: a later one that contains it', live, record(list('b3', 'a3')), 'nothing'],
    ['9: a later one of the same writer', live, record(list('a4', 'b2')), 'nothing'],
    ['10: an older one of the same writer', live, record(list('a2', 'b2')), 'restore'],
    ['10: an older one of another writer', live, record(list('b2', 'a1')), 'restore'],
    [
      '10: an older one, from before it was bound',
      { ...live, record: record(MINE, { user: 'ada' }) },
      record(list('a2')),
      'restore',
    ],
    ['11: bound here, written there', { ...live, record: record(MINE, { user: 'ada' }) }, record(list('b3')), 'redo'],
    ['12: written here, bound there', live, record(list('b3'), { user: 'ada' }), 'nothing'],
    ['11: both have what the other has not', live, record(list('b3', 'a2')), 'redo'],
    ['11: the same, and nobody knows how to merge', { ...live, redo: undefined }, record(list('b3', 'a2')), 'nothing'],
    ['12: of another user', live, record(list('b3'), { user: 'eve' }), 'nothing'],
    ['12: a full list without the writer', live, record(full), 'nothing'],
    ['the sessions of a user were ended', raised, 'foreign', 'raise'],
    ['the same, and nobody is listed', raised, null, 'raise'],
    ['a session of a user is elsewhere', joined, 'foreign', 'list'],
    ['a session of a user is elsewhere, and nobody is listed', joined, null, 'list'],
    ['13: nothing of ours', live, 'foreign', 'nothing'],
    ['13: ended, and nothing of ours', ended, 'foreign', 'nothing'],
  ])('%s', (_, entry, found, expected, restore = true) => {
    expect(reconcile(entry, found, NOW, restore).do).toBe(expected)
  })
})
