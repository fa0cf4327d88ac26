import { afterEach, describe, expect, it, vi } from 'vitest'
import { nodeOf, viewBy } from '../test/cluster-nodes.ts'
import { mapOf } from './cluster-map.ts'
import { ClusterShard } from './cluster-shard.ts'
import type { ClusterView } from './cluster-view.ts'

const [b, c] = [nodeOf('b', 2, [[10, 19]]), nodeOf('c', 3, [[20, 29]])]
const before = [nodeOf('a', 1, [[0, 9]]), b, c, nodeOf('r', 1, [], { of: 'a' }), nodeOf('q', 1, [], { of: 'a' })]
const promoted = nodeOf('r', 4, [[0, 9]])
const after = [nodeOf('a', 1, [], { isDown: true }), b, c, promoted, nodeOf('q', 4, [], { of: 'r' })]

/** The shard of `a`, with its replicas `r` and `q`; the views are what is said at the moment. */
class Told {
  views: ClusterView[] = ['a', 'b', 'c', 'r', 'q'].map(self => viewBy(self, before))
  moves = 0
  readonly shard: ClusterShard

  constructor() {
    const told = this
    const moved = (): void => {
      this.moves += 1
    }
    this.shard = new ClusterShard(
      {
        get views() {
          return told.views
        },
        get map() {
          return mapOf(told.views)
        },
        locate: async () => {},
        look: async () => {},
        addressOf: () => ({ host: '', port: 0 }),
        whyNot: () => expect.unreachable(),
      },
      'a',
    ).listen({ moved, seen: () => {} })
    this.shard.follow('a:6379')
  }

  say(views: ClusterView[]): void {
    this.views = views
    this.shard.heard()
  }
}

afterEach(() => vi.useRealTimers())

describe('a shard of a cluster', () => {
  it('has for Sentinels the nodes that serve slots, and each says who is primary and replica', () => {
    const { shard } = new Told()
    expect(shard.sentinels).toBe(3)
    expect(shard.views).toHaveLength(3)
    expect(shard.views[0]).toMatchObject({ primary: 'a:6379', epoch: 1, isPrimaryDown: false, downAfterMs: 1000 })
    expect(shard.views[0]!.replicas).toEqual([
      { name: 'r:6379', runId: 'run-r', isDown: false },
      { name: 'q:6379', runId: 'run-q', isDown: false },
    ])
  })

  it('has moved as soon as the promoted replica says so, whatever the others still say', async () => {
    const told = new Told()
    told.say([viewBy('a', before), viewBy('b', before), viewBy('c', before), viewBy('r', after)])
    expect([told.shard.named, told.moves]).toEqual(['r:6379', 1])
    expect(await told.shard.locate()).toEqual(['r:6379'])
  })

  it('never goes back to what was before, though only those answer who know no better', async () => {
    const told = new Told()
    told.say([viewBy('b', after), viewBy('c', after), viewBy('r', after)])
    told.shard.follow('r:6379')
    told.say([viewBy('a', before), viewBy('q', before)])
    expect([told.shard.named, told.moves]).toEqual([undefined, 1])
    await expect(told.shard.locate()).rejects.toThrow()
  })

  it('is backed by those alone who do not call its primary down', () => {
    const told = new Told()
    const [primary, ...others] = before
    const doubtful = [{ ...primary!, isDown: true }, ...others]
    told.say([viewBy('a', before), viewBy('b', doubtful), viewBy('c', doubtful)])
    expect(told.shard.views.map(({ isPrimaryDown }) => isPrimaryDown)).toEqual([false, true, true])
  })

  it('counts on those that followed the former primary, while that one is down or all may not have told', () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const told = new Told()
    const countedOn = () => told.shard.views[0]!.replicas.map(({ name }) => name)
    const [former, ...others] = [...after.slice(0, 4), nodeOf('q', 1, [], { of: 'a' })]
    const planned = [{ ...former!, isDown: false }, ...others]
    told.say([viewBy('b', planned), viewBy('r', planned)])
    told.shard.join('r')
    expect(countedOn()).toEqual(['q:6379'])
    vi.advanceTimersByTime(3000)
    expect(countedOn()).toEqual([])
    told.say([viewBy('b', [former!, ...others]), viewBy('r', planned)])
    expect(countedOn()).toEqual(['q:6379'])
    told.say([viewBy('b', after), viewBy('r', after)])
    expect(countedOn()).toEqual(['q:6379'])
  })

  it('keeps its members when another of them leads it, but not one that leads another shard', () => {
    const told = new Told()
    told.say([viewBy('b', [...after.slice(0, 4), nodeOf('q', 5, [[30, 39]])])])
    told.shard.join('r')
    expect(['a', 'r', 'q', 'b'].map(id => told.shard.has(id))).toEqual([true, true, false, false])
  })
})
