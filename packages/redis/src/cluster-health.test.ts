import type { BackendEvent } from '@sentinel-session/core'
import { describe, expect, it } from 'vitest'
import { ClusterHealth } from './cluster-health.ts'
import { Health } from './health.ts'

function clusterOf(count: number): { health: ClusterHealth; shards: Health[]; events: BackendEvent[] } {
  const events: BackendEvent[] = []
  const shards: Health[] = []
  const health = new ClusterHealth(
    event => events.push(event),
    () => shards,
  )
  for (let at = 0; at < count; at++) {
    const shard: Health = new Health(event => health.hear(shard, event))
    shards.push(shard)
  }
  return { health, shards, events }
}

describe('how a cluster is', () => {
  it('is as the worst of its shards', () => {
    const { health, shards } = clusterOf(2)
    const [a, b] = shards as [Health, Health]
    expect(health.status).toBe('connecting')
    a.opened('a:1')
    expect(health.status).toBe('connecting')
    b.opened('b:1')
    expect(health.status).toBe('ready')
    a.set('replicas', true)
    expect(health.status).toBe('degraded')
    b.set('unavailable', true)
    expect([health.status, health.since]).toEqual(['down', b.since])
    b.opened('b:2')
    expect(health.lastFailover).toMatchObject({ from: 'b:1', to: 'b:2' })
    health.closed()
    expect(health.status).toBe('closed')
  })

  it('tells once what several shards suffer from, and when the last one is well', () => {
    const { shards, events } = clusterOf(2)
    const [a, b] = shards as [Health, Health]
    for (const shard of shards) shard.opened('a:1')
    for (const shard of shards) shard.set('sentinels', true)
    b.set('replicas', true)
    a.set('sentinels', false)
    expect(events).toEqual([
      { type: 'degraded', reason: 'sentinels' },
      { type: 'degraded', reason: 'replicas' },
    ])
    b.set('sentinels', false)
    b.set('replicas', false)
    expect(events.slice(2)).toEqual([{ type: 'recovered', afterMs: expect.any(Number) }])
  })

  it('is well again when the shard that suffered serves nothing any more', () => {
    const { health, shards, events } = clusterOf(1)
    shards[0]!.opened('a:1')
    shards[0]!.set('unavailable', true)
    health.forget(shards[0]!)
    health.forget(shards[0]!)
    expect(events.map(({ type }) => type)).toEqual(['degraded', 'recovered'])
  })
})
