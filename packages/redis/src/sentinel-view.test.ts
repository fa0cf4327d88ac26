import { describe, expect, it } from 'vitest'
import { calmView } from '../test/calm-view.ts'
import { candidates, countedOn, parseView, type SentinelView } from './sentinel-view.ts'

const A = '10.0.0.1:6379'
const B = '10.0.0.2:6379'
const C = '10.0.0.3:6379'

function view(primary: string, epoch: number, more: Partial<SentinelView> = {}): SentinelView {
  return { ...calmView, primary, epoch, ...more }
}

describe('whom to try', () => {
  it.each<[string, SentinelView[], number, string[]]>([
    ['nobody who was asked knows anything', [], 0, []],
    ['all say the same', [view(A, 0), view(A, 0), view(A, 0)], 0, [A]],
    ['the highest epoch wins over more votes', [view(A, 1), view(A, 1), view(B, 2)], 0, [B]],
    [
      'one that is switching knows more than the others',
      [view(A, 1), view(A, 1), view(B, 1, { isSwitching: true })],
      0,
      [B, A],
    ],
    ['at equal epochs the most votes, and the others after them', [view(B, 1), view(A, 1), view(A, 1)], 0, [A, B]],
    ['never back to a lower epoch', [view(A, 1), view(A, 1)], 2, []],
    ['the same epoch as before', [view(A, 2)], 2, [A]],
  ])('%s', (_, views, followed, expected) => expect(candidates(views, followed)).toEqual(expected))
})

describe('who is counted on', () => {
  const replicas = (...down: string[]) => [B, C].map(name => ({ name, runId: name, isDown: down.includes(name) }))

  it.each<[string, SentinelView[], string[]]>([
    ['all that are listed', [view(A, 0, { replicas: replicas() })], [B, C]],
    [
      'also when a minority calls one down',
      [view(A, 0, { replicas: replicas(B) }), view(A, 0, { replicas: replicas() })],
      [B, C],
    ],
    ['not when a majority does', [view(A, 0, { replicas: replicas(B) }), view(A, 0, { replicas: replicas(B) })], [C]],
    [
      'not the primary itself',
      [view(A, 0, { isSwitching: true, replicas: [...replicas(), { name: A, runId: A, isDown: false }] })],
      [B, C],
    ],
  ])('%s', (_, views, expected) => expect([...countedOn(views, 3, A)]).toEqual(expected))
})

describe('the replies of a Sentinel', () => {
  const primary = (flags: string) => [
    'ip',
    '10.0.0.1',
    'port',
    '6379',
    'flags',
    flags,
    'config-epoch',
    '7',
    'down-after-milliseconds',
    '5000',
    'num-other-sentinels',
    '2',
  ]
  const replica = (flags: string) => ['name', B, 'ip', '10.0.0.2', 'port', '6379', 'flags', flags, 'runid', 'b']

  it('are read', () => {
    expect(parseView(['10.0.0.1', '6379'], primary('master'), [replica('slave')])).toEqual(
      view(A, 7, { downAfterMs: 5000, replicas: [{ name: B, runId: 'b', isDown: false }] }),
    )
  })

  it.each<[string, Partial<SentinelView>]>([
    ['master,s_down', { isPrimaryDown: true }],
    ['master,o_down,failover_in_progress', { isPrimaryDown: true, isFailingOver: true }],
    ['master,failover_in_progress', { isFailingOver: true }],
  ])('of a primary with the flags %s', (flags, expected) => {
    expect(parseView(['10.0.0.1', '6379'], primary(flags), [])).toMatchObject(expected)
  })

  it('of one that has promoted a replica and not yet told the others', () => {
    const seen = parseView(['10.0.0.2', '6379'], primary('master,failover_in_progress'), [])
    expect(seen).toMatchObject({ primary: B, isSwitching: true, isFailingOver: false })
  })

  it.each([
    ['slave,s_down', true],
    ['slave,o_down', true],
    // A promotion cuts the lines of the Sentinels as well.
    ['slave,disconnected', false],
    ['slave', false],
  ])('of a replica with the flags %s', (flags, isDown) => {
    expect(parseView(['10.0.0.1', '6379'], primary('master'), [replica(flags)]).replicas).toEqual([
      { name: B, runId: 'b', isDown },
    ])
  })
})
