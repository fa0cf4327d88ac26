import { describe, expect, it } from 'vitest'
import { nodeOf as node, viewBy as view } from '../test/cluster-nodes.ts'
import { mapOf } from './cluster-map.ts'

describe('who serves a slot', () => {
  const before = [node('a', 1, [[0, 9]]), node('b', 2, [[10, 19]]), node('r', 1, [], { of: 'a' })]

  it('is who all say', () => {
    const { owners, voters, replicas } = mapOf([view('a', before), view('b', before)])
    expect([owners[0], owners[9], owners[10], owners[20]]).toEqual(['a', 'a', 'b', undefined])
    expect([...voters]).toEqual(['a', 'b'])
    expect(replicas.get('a')).toEqual(new Set(['r']))
  })

  it('is who was promoted, as soon as one node knows, whatever the others still say', () => {
    const after = [node('a', 1, [], { isDown: true }), node('b', 2, [[10, 19]]), node('r', 3, [[0, 9]])]
    for (const views of [
      [view('r', after), view('b', before)],
      [view('b', before), view('r', after)],
    ]) {
      const { owners, voters } = mapOf(views)
      expect([owners[0], owners[10]]).toEqual(['r', 'b'])
      expect(voters).toEqual(new Set(['r', 'b']))
    }
  })

  it('is the later one where a slot has moved', () => {
    const after = [node('a', 1, [[0, 8]]), node('b', 4, [[9, 19]])]
    expect(mapOf([view('b', after), view('a', before)]).owners[9]).toBe('b')
  })

  it('says of itself where it is', () => {
    const moved = node('a', 1, [[0, 9]], { name: '10.0.0.7:6379' })
    expect(mapOf([view('b', before), view('a', [moved])]).nodes.get('a')!.name).toBe('10.0.0.7:6379')
  })

  it('is nobody as long as nobody answers', () => {
    expect(mapOf([]).voters.size).toBe(0)
  })
})
