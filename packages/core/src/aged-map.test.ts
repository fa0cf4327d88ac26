import { describe, expect, it } from 'vitest'
import { AgedMap } from './aged-map.ts'

const keysOf = (map: AgedMap<string, number>): string[] => [...map].map(({ key }) => key)

function mapOf(...keys: string[]): AgedMap<string, number> {
  const map = new AgedMap<string, number>()
  keys.forEach((key, at) => {
    map.set(key, at)
  })
  return map
}

describe('AgedMap', () => {
  it('has the oldest first, and what is set again last', () => {
    const map = mapOf('a', 'b', 'c')
    expect([keysOf(map), map.oldest?.key]).toEqual([['a', 'b', 'c'], 'a'])
    map.set('a', 9)
    map.set('a', 10)
    expect([keysOf(map), map.oldest?.key, map.get('a'), map.size]).toEqual([['b', 'c', 'a'], 'b', 10, 3])
  })

  it.each([
    ['the oldest', 'a', ['b', 'c']],
    ['one in the middle', 'b', ['a', 'c']],
    ['the newest', 'c', ['a', 'b']],
    ['one that is not there', 'd', ['a', 'b', 'c']],
  ])('deletes %s', (_, key, left) => {
    const map = mapOf('a', 'b', 'c')
    map.delete(key)
    expect([keysOf(map), map.size, map.has(key), map.get(key)]).toEqual([left, left.length, false, undefined])
    map.set('e', 0)
    expect(keysOf(map)).toEqual([...left, 'e'])
  })

  it('is as good as new when it is empty', () => {
    const map = mapOf('a')
    map.delete('a')
    expect([map.oldest, map.size]).toEqual([undefined, 0])
    map.set('b', 1)
    map.clear()
    expect(keysOf(map)).toEqual([])
    map.set('c', 2)
    expect(keysOf(map)).toEqual(['c'])
  })

  it('goes on where the one that it gave last was deleted, or became the newest', () => {
    const map = mapOf('a', 'b', 'c')
    const seen: string[] = []
    for (const { key } of map) {
      seen.push(key)
      if (key === 'b') map.delete(key)
    }
    expect([seen, keysOf(map)]).toEqual([
      ['a', 'b', 'c'],
      ['a', 'c'],
    ])
    const again: string[] = []
    for (const { key, value } of map) {
      again.push(key)
      if (value !== 9) map.set(key, 9)
    }
    expect(again).toEqual(['a', 'c', 'a', 'c'])
  })

  it('does as a Map that deletes before it sets, whatever happens', () => {
    const [map, model] = [new AgedMap<number, number>(), new Map<number, number>()]
    let state = 1
    const random = (below: number): number => {
      state = (state * 48_271) % 2_147_483_647
      return state % below
    }
    for (let step = 0; step < 5_000; step += 1) {
      const key = random(20)
      model.delete(key)
      if (random(3) === 0) map.delete(key)
      else {
        map.set(key, step)
        model.set(key, step)
      }
      expect([...map].map(({ key, value }) => [key, value])).toEqual([...model])
      expect([map.oldest?.key, map.size]).toEqual([model.keys().next().value, model.size])
    }
  })
})
