import { describe, expect, it } from 'vitest'
import { calmView as calm } from '../test/calm-view.ts'
import { type Explained, explain, type Facts, type Missing } from './explain.ts'

const P = calm.primary
const Q = '10.0.0.2:6379'

const three = [calm, calm, calm]

function missing(says: Missing['says'], hasFollowed = true): Missing {
  return { name: Q, hasFollowed, says }
}

/** One replica is missing and another has acknowledged, unless the row says otherwise. */
function facts(says: Missing['says'], more: Partial<Facts> = {}): Facts {
  return { primary: P, named: P, acknowledged: 1, missing: [missing(says)], views: three, sentinels: 3, ...more }
}

describe('a missing acknowledgement', () => {
  it.each<[string, Facts, Explained]>([
    ['by a replica that was promoted', facts('primary'), 'leave'],
    ['by a replica that follows another now', facts('replica of another'), 'leave'],
    [
      'while any Sentinel fails over',
      facts('slow', { views: [calm, calm, { ...calm, isFailingOver: true }] }),
      'leave',
    ],
    ['when another is named', facts('slow', { named: Q }), 'leave'],
    ['by a slow replica', facts('slow'), 'accept'],
    ['by one that is loading or out of touch', facts('apart'), 'accept'],
    ['by one that is unreachable', facts('nothing'), 'accept'],
    [
      'by one that never followed and follows another still',
      facts('nothing', { missing: [missing('replica of another', false)] }),
      'accept',
    ],
    ['by all of them', facts('nothing', { acknowledged: 0 }), 'unknown'],
    ['by all of them, slow', facts('slow', { acknowledged: 0 }), 'unknown'],
    ['that no Sentinel can explain', facts('nothing', { views: [] }), 'unknown'],
    ['that a minority of the Sentinels explains', facts('nothing', { views: [calm] }), 'unknown'],
    [
      'while most Sentinels call the primary down',
      facts('nothing', { views: three.map(view => ({ ...view, isPrimaryDown: true })) }),
      'unknown',
    ],
    [
      'by the former primary, not demoted yet',
      facts('primary', { acknowledged: 0, missing: [missing('primary', false)] }),
      'accept',
    ],
    ['by nobody any more', facts('nothing', { acknowledged: 0, missing: [] }), 'accept'],
  ])('%s', (_, known, expected) => expect(explain(known).verdict).toBe(expected))

  it('excuses who is missing, if and only if it is accepted', () => {
    expect(explain(facts('slow')).excused).toEqual([Q])
    expect(explain(facts('slow', { acknowledged: 0 })).excused).toEqual([])
    expect(explain(facts('primary')).excused).toEqual([])
  })

  it('excuses a former primary also while another is missing', () => {
    const known = facts('nothing', {
      acknowledged: 0,
      missing: [missing('nothing'), { ...missing('primary', false), name: 'old:1' }],
    })
    expect(explain(known)).toEqual({ verdict: 'unknown', excused: ['old:1'] })
  })
})
