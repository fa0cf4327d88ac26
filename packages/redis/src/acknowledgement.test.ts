import { describe, expect, it } from 'vitest'
import { calmView as calm } from '../test/calm-view.ts'
import { Acknowledgement } from './acknowledgement.ts'
import type { Role } from './role.ts'
import type { SentinelView } from './sentinel-view.ts'

const [P, Q, R] = [calm.primary, '10.0.0.2:6379', '10.0.0.3:6379']
const identity = { runId: 'run-p', dataSets: ['data-p', ''] }

function viewOf(primary: string, names: readonly string[], more: Partial<SentinelView> = {}): SentinelView {
  return { ...calm, primary, replicas: names.map(name => ({ name, runId: `run-${name}`, isDown: false })), ...more }
}

function roleOf(offset: number, replicas: Record<string, number>): Extract<Role, { role: 'primary' }> {
  const list = Object.entries(replicas).map(([name, at]) => ({ name, offset: at }))
  return { role: 'primary', offset, replicas: list }
}

/** A deployment that says what a test wants it to say. */
class Deployment {
  views: SentinelView[] = []
  roles: (Role | undefined)[] = []
  replicas = new Map<string, Role>()
  readonly acknowledgement: Acknowledgement = new Acknowledgement({
    acknowledge: 'expected',
    sentinels: 3,
    views: () => this.views,
    named: () => this.views[0]?.primary,
    look: async () => {},
    askPrimary: async () => this.roles.shift(),
    askReplica: async name => this.replicas.get(name),
    degraded: () => {},
  })

  say(view: SentinelView): void {
    this.views = [view, view, view]
    this.acknowledgement.seen()
  }
}

/** Q was primary, and P is now; R follows it. */
function afterFailover(): Deployment {
  const deployment = new Deployment()
  deployment.say(viewOf(Q, [P, R]))
  deployment.acknowledgement.follow(Q, { runId: 'run-q', dataSets: ['data-q'] })
  deployment.say(viewOf(P, [Q, R]))
  deployment.acknowledgement.follow(P, identity)
  deployment.acknowledgement.heard(roleOf(10, { [R]: 10 }))
  return deployment
}

describe('a batch is stored when those have it that were counted on as it was sent', () => {
  it('all replicas, and then a number is enough', async () => {
    const deployment = new Deployment()
    deployment.say(viewOf(P, [Q, R]))
    deployment.acknowledgement.follow(P, identity)
    deployment.acknowledgement.heard(roleOf(10, { [Q]: 10, [R]: 10 }))
    const quorum = deployment.acknowledgement.quorum('configured')
    expect(quorum).toMatchObject({ expected: [Q, R], count: 2, isByName: false, gatherUntil: 0 })
    expect(quorum.origin).toEqual({ dataSet: 'data-p', holders: new Set(['run-p', `run-${Q}`, `run-${R}`]) })
    expect(await deployment.acknowledgement.isConfirmed(quorum, { count: 2, role: undefined })).toBe(true)
    expect(await deployment.acknowledgement.isConfirmed(quorum, { count: 1, role: undefined })).toBe(false)
  })

  it('not when a former primary that follows again has it in their place', async () => {
    const { acknowledgement, roles } = afterFailover()
    const quorum = acknowledgement.quorum('configured')
    expect(quorum).toMatchObject({ expected: [R], count: 1, isByName: true })
    // R has been promoted: it follows no more.
    roles.push(roleOf(20, { [Q]: 20 }), undefined)
    expect(await acknowledgement.isConfirmed(quorum, { count: 1, role: roleOf(20, { [Q]: 20 }) })).toBe(false)
    expect(roles).toEqual([])
  })

  it('as soon as they have it too, a moment after the other', async () => {
    const { acknowledgement, roles } = afterFailover()
    const quorum = acknowledgement.quorum('configured')
    roles.push(roleOf(25, { [Q]: 20, [R]: 10 }), roleOf(30, { [Q]: 30, [R]: 20 }))
    expect(await acknowledgement.isConfirmed(quorum, { count: 1, role: roleOf(20, { [Q]: 20, [R]: 10 }) })).toBe(true)
    expect(roles).toEqual([])
  })

  it('and the next batch waits for whom this one has seen to follow', async () => {
    const { acknowledgement } = afterFailover()
    const quorum = acknowledgement.quorum('configured')
    await acknowledgement.isConfirmed(quorum, { count: 1, role: roleOf(20, { [Q]: 20, [R]: 20 }) })
    expect(quorum.origin.holders).toEqual(new Set(['run-p', `run-${R}`]))
    expect(acknowledgement.quorum('configured')).toMatchObject({ count: 2, isByName: false })
  })

  it('and is tried again soon while they are on their way to a new primary, and nobody is excused', async () => {
    const deployment = new Deployment()
    deployment.say(viewOf(P, [Q, R]))
    const { acknowledgement } = deployment
    acknowledgement.follow(P, identity)
    const quorum = acknowledgement.quorum('configured')
    expect(quorum).toMatchObject({ count: 2, isByName: true })
    expect(quorum.gatherUntil).toBeGreaterThan(performance.now())
    const answer = { count: 1, role: roleOf(20, { [Q]: 20 }) }
    expect(await acknowledgement.isConfirmed(quorum, answer)).toBe(false)
    expect(await acknowledgement.explain(quorum, answer)).toBe('unknown')
    expect(acknowledgement.expected).toEqual([Q, R])
    acknowledgement.heard(roleOf(30, { [Q]: 30, [R]: 20 }))
    expect(acknowledgement.quorum('configured')).toMatchObject({ isByName: false, gatherUntil: 0 })
  })

  it('not while a Sentinel promotes another, which may be one that nobody counts on', async () => {
    const deployment = afterFailover()
    const quorum = deployment.acknowledgement.quorum('configured')
    deployment.say(viewOf(P, [Q, R], { isFailingOver: true }))
    const answer = { count: 1, role: roleOf(20, { [R]: 20 }) }
    expect(await deployment.acknowledgement.isConfirmed(quorum, answer)).toBe(false)
  })

  it('not by a primary alone while most name another, be that one excused', () => {
    const deployment = new Deployment()
    deployment.say(viewOf(Q, [P]))
    const { acknowledgement } = deployment
    acknowledgement.follow(Q, { runId: 'run-q', dataSets: ['data-q'] })
    acknowledgement.follow(P, identity)
    expect(acknowledgement.quorum('configured')).toMatchObject({ expected: [Q], count: 1, gatherUntil: 0 })
    const [former, successor] = [viewOf(Q, [P]), viewOf(P, [Q])]
    deployment.views = [former, successor, successor]
    acknowledgement.seen()
    expect(acknowledgement.quorum('configured')).toMatchObject({ expected: [], count: 0 })
    deployment.views = []
    acknowledgement.seen()
    expect(acknowledgement.quorum('configured').count).toBe(0)
  })

  it('and is not known to be when the primary was another meanwhile, also if it is the same again', async () => {
    const deployment = afterFailover()
    const { acknowledgement } = deployment
    const quorum = acknowledgement.quorum('configured')
    acknowledgement.follow(Q, { runId: 'run-q', dataSets: ['data-q'] })
    acknowledgement.follow(P, identity)
    deployment.roles.push(roleOf(30, { [R]: 30 }))
    expect(await acknowledgement.explain(quorum, { count: 0, role: undefined })).toBe('unknown')
  })
})

describe('who is excused', () => {
  it('is no holder of what is answered without it', async () => {
    const deployment = new Deployment()
    deployment.say(viewOf(P, [Q, R]))
    const { acknowledgement } = deployment
    acknowledgement.follow(P, identity)
    acknowledgement.heard(roleOf(10, { [Q]: 10, [R]: 10 }))
    const quorum = acknowledgement.quorum('configured')
    deployment.roles.push(roleOf(20, { [Q]: 20, [R]: 10 }))
    deployment.replicas.set(R, { role: 'replica', of: P, isConnected: true })
    expect(await acknowledgement.explain(quorum, { count: 1, role: undefined })).toBe('accept')
    expect(quorum.own.holders).toEqual(new Set(['run-p']))
    expect(acknowledgement.expected).toEqual([Q])
    acknowledgement.heard(roleOf(30, { [Q]: 30, [R]: 20 }))
    expect(acknowledgement.expected).toEqual([Q, R])
  })
})
