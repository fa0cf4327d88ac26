import type { StoredRecord } from '@sentinel-session/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ENTRY_MS, Journal, type LiveEntry, type Origin } from './journal.ts'

const here: Origin = { dataSet: 'data', holders: new Set(['p']) }
const everywhere: Origin = { dataSet: 'data', holders: new Set(['p', 'q', 'r']) }

function record(body = '{}'): StoredRecord {
  return { revisions: 'aaaaaaaa00000001', createdAt: 0, expiresAt: 1, body }
}

function keysOf(journal: Journal): string[] {
  return journal.doubtful('nobody', []).map(({ key }) => key)
}

afterEach(() => void vi.useRealTimers())

describe('the journal', () => {
  it('has an entry for each session, the last write and the first base', () => {
    const journal = new Journal(1e6)
    journal.written('a', null, record('1'), undefined, here)
    journal.written('a', record('1'), record('2'), undefined, here)
    journal.written('b', record('0'), record('1'), undefined, here)
    journal.written('b', record('1'), record('2'), undefined, here)
    expect(journal.doubtful('nobody', [])).toMatchObject([
      { key: 'a', base: null, record: { body: '2' } },
      { key: 'b', base: { body: '0' }, record: { body: '2' } },
    ])
  })

  it('doubts what a node has neither acknowledged nor copied', () => {
    const journal = new Journal(1e6)
    journal.written('a', null, record(), undefined, here)
    journal.written('b', null, record(), undefined, everywhere)
    const doubtful = (runId: string, ...dataSets: string[]): string[] =>
      journal.doubtful(runId, dataSets).map(({ key }) => key)
    expect(doubtful('p', 'data')).toEqual([])
    expect(doubtful('q', 'new', 'data')).toEqual(['a'])
    // The same process, which has copied another data set meanwhile.
    expect(doubtful('q', 'new', 'other')).toEqual(['a', 'b'])
    expect(doubtful('restarted', 'new')).toEqual(['a', 'b'])
  })

  it('forgets after a minute', () => {
    vi.useFakeTimers()
    const journal = new Journal(1e6)
    journal.written('a', null, record(), undefined, here)
    vi.advanceTimersByTime(ENTRY_MS / 2)
    journal.ended('b', 'aaaaaaaa00000002', here)
    expect(keysOf(journal)).toEqual(['a', 'b'])
    vi.advanceTimersByTime(ENTRY_MS / 2 + 1)
    expect(keysOf(journal)).toEqual(['b'])
    vi.advanceTimersByTime(ENTRY_MS)
    expect(keysOf(journal)).toEqual([])
    expect(journal.bytes).toBe(0)
  })

  it('is bounded in bytes, and lets go first of what several nodes have', () => {
    const journal = new Journal(3000)
    journal.written('here', null, record('x'.repeat(500)), undefined, here)
    journal.written('everywhere', null, record('x'.repeat(500)), undefined, everywhere)
    journal.written('a', null, record('x'.repeat(500)), undefined, here)
    expect(keysOf(journal)).toEqual(['here', 'everywhere', 'a'])
    journal.written('b', null, record('x'.repeat(500)), undefined, here)
    expect(keysOf(journal)).toEqual(['here', 'a', 'b'])
    journal.written('c', null, record('x'.repeat(500)), undefined, here)
    expect(keysOf(journal)).toEqual(['a', 'b', 'c'])
    expect(journal.bytes).toBeLessThanOrEqual(3000)
  })

  it('counts what was written again as it is now', () => {
    const journal = new Journal(2000)
    journal.written('a', null, record('x'.repeat(100)), undefined, here)
    journal.written('b', null, record('x'.repeat(500)), undefined, here)
    const [a, b] = journal.doubtful('nobody', []) as [LiveEntry, LiveEntry]
    const before = journal.bytes
    journal.rewritten(a, record('x'.repeat(700)))
    expect(journal.bytes).toBe(before + 600)
    journal.rewritten(b, record('x'.repeat(1500)))
    expect(keysOf(journal)).toEqual(['b'])
    journal.rewritten(a, record('x'.repeat(300)))
    journal.forget('b')
    expect([journal.entries, journal.bytes]).toEqual([0, 0])
  })

  it('keeps nothing that is larger than itself', () => {
    const journal = new Journal(1000)
    journal.written('a', null, record('x'.repeat(5000)), undefined, here)
    expect([journal.entries, journal.bytes]).toEqual([0, 0])
  })

  it('follows a touch, and takes the end of a session for its last word', () => {
    const journal = new Journal(1e6)
    journal.written('a', null, record(), undefined, here)
    journal.touched('a', 99)
    journal.touched('unknown', 99)
    expect(journal.doubtful('nobody', [])).toMatchObject([{ record: { expiresAt: 99 } }])
    journal.ended('a', 'aaaaaaaa00000002', here)
    journal.touched('a', 100)
    // An older write, which is answered after the logout.
    journal.written('a', record(), record(), undefined, here)
    expect(journal.doubtful('nobody', [])).toEqual([expect.objectContaining({ kind: 'ended' })])
  })
})
