import { describe, expect, it } from 'vitest'
import { calmView } from '../test/calm-view.ts'
import type { SentinelView } from './sentinel-view.ts'
import { type Deployment, type RedisWarning, warningsOf } from './warnings.ts'

const view: SentinelView = { ...calmView, downAfterMs: 5000, replicas: [{ name: 'r:1', runId: 'r', isDown: false }] }
const good = {
  maxmemory: '0',
  'maxmemory-policy': 'noeviction',
  'min-replicas-to-write': '1',
  appendonly: 'yes',
  save: '',
}

function deployment(change: Partial<SentinelView>, settings: Record<string, string> = good): Deployment {
  return {
    views: [{ ...view, ...change }],
    budgetMs: 9000,
    topology: 'sentinel',
    settings: new Map(Object.entries(settings)),
  }
}

describe('the start-up report', () => {
  it.each<[string, Deployment, RedisWarning[]]>([
    ['is content with a good deployment', deployment({}), []],
    ['misses a replica', deployment({ replicas: [] }), ['no-replica']],
    ['counts the Sentinels', deployment({ sentinels: 2 }), ['few-sentinels']],
    ['compares down-after with the budget', deployment({ downAfterMs: 30_000 }), ['down-after']],
    ['misses min-replicas-to-write', deployment({}, { ...good, 'min-replicas-to-write': '0' }), ['no-min-replicas']],
    [
      'fears an eviction policy',
      deployment({}, { ...good, maxmemory: '1000', 'maxmemory-policy': 'allkeys-lru' }),
      ['evicting'],
    ],
    ['fears none without a limit', deployment({}, { ...good, 'maxmemory-policy': 'allkeys-lru' }), []],
    ['misses persistence', deployment({}, { ...good, appendonly: 'no' }), ['no-persistence']],
    ['takes snapshots for persistence', deployment({}, { ...good, appendonly: 'no', save: '3600 1' }), []],
    ['says nothing about what it may not ask', deployment({}, {}), []],
  ])('%s', (_, given, codes) => expect(warningsOf(given).map(({ code }) => code)).toEqual(codes))
})
