import type { StoredRecord } from '@sentinel-session/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { NearCache } from './near-cache.ts'

const MINUTE_MS = 60_000

const record = (body: string, lifeMs = 10 * MINUTE_MS): StoredRecord => {
  return { createdAt: 0, expiresAt: Date.now() + lifeMs, body, revisions: '' }
}

function keep(cache: NearCache, ...keys: string[]): void {
  for (const key of keys) cache.end(cache.begin(key), record(key))
}

const held = (cache: NearCache, keys: string): string => [...keys].filter(key => cache.get(key) !== undefined).join('')

describe('a near cache', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  it('has what was read, counts who finds it, and hands out what nobody can change', () => {
    const cache = new NearCache(10)
    expect(cache.get('a')).toBeUndefined()
    keep(cache, 'a')
    const found = cache.get('a')!
    expect(found.body).toBe('a')
    expect(Object.isFrozen(found)).toBe(true)
    expect([cache.hits, cache.misses, cache.size]).toEqual([1, 1, 1])
  })

  it('has nothing past its deadline, nor for longer than a minute', () => {
    const cache = new NearCache(10)
    cache.end(cache.begin('short'), record('short', 5000))
    keep(cache, 'long')
    vi.advanceTimersByTime(4999)
    expect(cache.get('short')).toBeDefined()
    vi.advanceTimersByTime(1)
    expect(cache.get('short')).toBeUndefined()
    vi.advanceTimersByTime(MINUTE_MS - 5001)
    expect(cache.get('long')).toBeDefined()
    vi.advanceTimersByTime(1)
    expect(cache.get('long')).toBeUndefined()
  })

  it('lets go of one that was not used when there is one too many', () => {
    const cache = new NearCache(3)
    keep(cache, 'a', 'b', 'c')
    held(cache, 'ac')
    keep(cache, 'd')
    expect(held(cache, 'abcd')).toBe('acd')
  })

  it('lets go of the oldest where all were used, each once spared', () => {
    const cache = new NearCache(3)
    keep(cache, 'a', 'b', 'c')
    held(cache, 'abc')
    keep(cache, 'd')
    // The new one was the only one that nobody had used.
    expect(held(cache, 'abc')).toBe('abc')
    keep(cache, 'e', 'f')
    expect(cache.size).toBe(3)
  })
})

describe('a read that is under way', () => {
  it('is not kept when its session changes meanwhile', () => {
    const cache = new NearCache(10)
    const fetch = cache.begin('a')
    cache.forget('a')
    cache.end(fetch, record('old'))
    expect(cache.get('a')).toBeUndefined()
  })

  it('is not kept when all is lost meanwhile', () => {
    const cache = new NearCache(10)
    const fetch = cache.begin('a')
    cache.clear()
    cache.end(fetch, record('old'))
    expect(cache.get('a')).toBeUndefined()
  })

  it('gives way to one that began later, whichever ends first', () => {
    const cache = new NearCache(10)
    for (const order of ['older first', 'later first']) {
      const [older, later] = [cache.begin('a'), cache.begin('a')]
      if (order === 'older first') cache.end(older, record('older'))
      cache.end(later, record('later'))
      if (order === 'later first') cache.end(older, record('older'))
      expect(cache.get('a')!.body, order).toBe('later')
      cache.forget('a')
    }
  })

  it('is forgotten when it finds nothing, and takes nothing of a later one along', () => {
    const cache = new NearCache(10)
    const failed = cache.begin('a')
    const later = cache.begin('a')
    cache.end(failed, null)
    cache.end(later, record('later'))
    expect(cache.get('a')!.body).toBe('later')
  })
})
