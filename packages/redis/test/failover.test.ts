/**
 * The rows of the fault matrix that run with every change (docs/failover.md): real processes, users at work on two backends, and
 * afterwards the account of what was acknowledged. A failover is a pause: nobody sees an error, nothing is lost, nothing comes back.
 */
import { redisSentinelProvider } from '@sentinel-session/redis'
import { afterEach, describe, expect, it } from 'vitest'
import { AtWork } from './failover/at-work.ts'

let work: AtWork
afterEach(() => work?.stop())

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

describe('a failover', () => {
  it('F-01: after the primary was killed', async () => {
    work = await AtWork.begin()
    const { trio, ledger } = work
    await trio.waitForPrimaryChange(await trio.killPrimary())
    await work.expectBalance()
    const [report] = ledger.providers.map(provider => provider.report())
    expect(report).toMatchObject({ status: 'ready', lastFailover: { to: report!.primary } })
  })

  it('F-02: while the primary is frozen, and wakes up as a stranger', async () => {
    work = await AtWork.begin()
    const { trio, ledger } = work
    const frozen = await trio.currentPrimary()
    await trio.pause(frozen)
    await trio.waitForPrimaryChange(frozen)
    await ledger.progress(50)
    await trio.resume(frozen)
    await work.expectBalance()
  })

  it('F-04: after the primary was shut down in order', async () => {
    work = await AtWork.begin()
    const primary = await work.trio.currentPrimary()
    await work.trio.ask(primary, 'SHUTDOWN', 'NOSAVE').catch(() => undefined)
    await work.trio.waitForPrimaryChange(primary)
    await work.expectBalance()
  })

  it('F-05: that was planned, where the old primary goes on accepting writes', async () => {
    work = await AtWork.begin()
    await work.trio.failover()
    await work.expectBalance()
  })

  it('F-05: that was planned, with a single replica', async () => {
    work = await AtWork.begin({}, { replicas: 1 })
    await work.trio.failover()
    await work.expectBalance()
  })

  it('F-05: after which the old primary hears nothing more', async () => {
    work = await AtWork.begin()
    const { trio, ledger } = work
    const old = await trio.currentPrimary()
    await trio.failover()
    for (const provider of ledger.providers) await expect.poll(() => provider.report().lastFailover).not.toBeNull()
    const reads = async (): Promise<string> =>
      /cmdstat_get:calls=\d+/.exec(String(await trio.ask(old, 'INFO', 'commandstats')))![0]
    const before = await reads()
    await ledger.progress(100)
    expect(await reads()).toBe(before)
    await work.expectBalance()
  })

  it('F-06: that was planned, while a Sentinel is frozen', async () => {
    work = await AtWork.begin()
    const frozen = work.trio.sentinelNodes[0]!
    await work.trio.pause(frozen)
    await work.trio.failover()
    await work.trio.resume(frozen)
    await work.expectBalance()
  })

  it('F-08: that no Sentinel is there to begin, until one is', async () => {
    work = await AtWork.begin({ failoverBudget: '1s' })
    const { trio, ledger } = work
    for (const sentinel of trio.sentinelNodes) await trio.pause(sentinel)
    const primary = trio.nodes.find(({ port }) => ledger.providers[0]!.report().primary === `127.0.0.1:${port}`)!
    await trio.kill(primary)
    await expect(ledger.providers[0]!.sessionExist('a'.repeat(43))).rejects.toMatchObject({
      code: 'ERR_BACKEND_UNAVAILABLE',
      retryAfter: 1,
    })
    for (const sentinel of trio.sentinelNodes) await trio.resume(sentinel)
    await trio.waitForPrimaryChange(primary)
    await ledger.progress(50)
    await ledger.end()
    await trio.settled()
    const { errors, ...account } = await ledger.balance()
    expect(account).toEqual({ lost: 0, duplicated: 0, resurrected: 0, empty: 0 })
    expect(new Set(errors)).toEqual(new Set(['ERR_BACKEND_UNAVAILABLE']))
  })
})

describe('no failover, and no effect', () => {
  it('F-03: when the primary is frozen for less than Sentinel waits', async () => {
    work = await AtWork.begin({}, { downAfterMs: 5000 })
    const primary = await work.trio.currentPrimary()
    await work.trio.pause(primary)
    await pause(1500)
    await work.trio.resume(primary)
    await work.expectBalance()
    expect(await work.trio.currentPrimary()).toEqual(primary)
  })

  it('F-07: when all Sentinels are gone', async () => {
    work = await AtWork.begin()
    for (const sentinel of work.trio.sentinelNodes) await work.trio.pause(sentinel)
    await work.ledger.progress(200)
    for (const sentinel of work.trio.sentinelNodes) await work.trio.resume(sentinel)
    await work.expectBalance()
  })

  it.each([0, 1, 2])('F-09: when the Sentinel at place %i is frozen, also for a newcomer', async place => {
    work = await AtWork.begin()
    const frozen = work.trio.sentinelNodes[place]!
    await work.trio.pause(frozen)
    await work.ledger.progress(50)
    const newcomer = redisSentinelProvider({ savePath: work.trio.savePath })
    await newcomer.ready()
    await newcomer.close()
    await work.trio.resume(frozen)
    await work.expectBalance()
  })

  it('F-10: when one replica is killed, and returns', async () => {
    work = await AtWork.begin()
    const [replica] = await work.trio.replicas()
    await work.trio.kill(replica!)
    await work.ledger.progress(50)
    await work.trio.restart(replica!)
    await work.expectBalance()
  })

  it('F-10: when all replicas are killed: writes wait until Sentinel counts on them no more', async () => {
    work = await AtWork.begin()
    const replicas = await work.trio.replicas()
    for (const replica of replicas) await work.trio.kill(replica)
    await work.ledger.progress(50)
    for (const replica of replicas) await work.trio.restart(replica)
    await work.expectBalance()
  })

  it.each([25, 150])('F-12: when each way to Redis takes %i ms more', async ms => {
    const events: string[] = []
    work = await AtWork.begin({ onEvent: ({ type }) => events.push(type) }, { proxies: true })
    for (const proxy of work.proxies) proxy.delay(ms)
    await work.ledger.progress(50)
    for (const proxy of work.proxies) proxy.delay(0)
    await work.expectBalance()
    expect(events).toEqual([])
  })

  it('F-22: when connections are cut with replies on the way', async () => {
    work = await AtWork.begin({}, { proxies: true })
    for (const proxy of work.proxies) proxy.loseReplies(0.05)
    await work.ledger.progress(300)
    for (const proxy of work.proxies) proxy.loseReplies(0)
    await work.expectBalance()
    expect(work.proxies.reduce((sum, { lost }) => sum + lost, 0)).toBeGreaterThan(0)
  })

  it('F-24: when the scripts are flushed all the time', async () => {
    work = await AtWork.begin()
    const primary = await work.trio.currentPrimary()
    for (let i = 0; i < 20; i++) {
      await work.trio.ask(primary, 'SCRIPT', 'FLUSH')
      await work.ledger.progress(10)
    }
    await work.expectBalance()
  })

  it('F-25: when all clients are cut off again and again', async () => {
    work = await AtWork.begin()
    const primary = await work.trio.currentPrimary()
    for (let i = 0; i < 20; i++) {
      await work.trio.ask(primary, 'CLIENT', 'KILL', 'TYPE', 'normal')
      await work.ledger.progress(10)
    }
    await work.expectBalance()
  })

  it('F-32: when the event loop stands still for longer than a reply may take', async () => {
    const events: string[] = []
    work = await AtWork.begin({ onEvent: ({ type }) => events.push(type) })
    const until = performance.now() + 2000
    while (performance.now() < until);
    await work.expectBalance()
    expect(events).toEqual([])
  })
})

it('F-11: cut off from the Sentinels and all replicas, nothing is answered as if it were stored', async () => {
  work = await AtWork.begin({ failoverBudget: '1s' })
  const { trio, ledger } = work
  await ledger.end()
  for (const node of [...trio.sentinelNodes, ...(await trio.replicas())]) await trio.pause(node)
  await pause(1500)
  const [provider] = ledger.providers
  const session = await provider!.sessionRead('')
  session.set('user', 'ada')
  await expect(session.save()).rejects.toMatchObject({ code: 'ERR_BACKEND_UNAVAILABLE' })
  await expect(provider!.sessionDestroy('a'.repeat(43))).rejects.toMatchObject({ code: 'ERR_BACKEND_UNAVAILABLE' })
})

describe('F-13: when the memory of Redis is full', () => {
  it('sessions can be read and ended, but not changed', async () => {
    work = await AtWork.begin({ failoverBudget: '1s' })
    await work.ledger.end()
    const [provider] = work.ledger.providers
    const session = await provider!.sessionRead('')
    session.set('user', 'ada')
    await session.save()
    await work.trio.ask(await work.trio.currentPrimary(), 'CONFIG', 'SET', 'maxmemory', '1')

    const again = await provider!.sessionRead(session.sessionId())
    expect(again.get('user')).toBe('ada')
    again.set('user', 'eve')
    await expect(again.save()).rejects.toMatchObject({ code: 'ERR_BACKEND_UNAVAILABLE', status: 503 })
    await provider!.sessionDestroy(session.sessionId())
    expect(await provider!.sessionExist(session.sessionId())).toBe(false)
  })
})

describe('F-15: a primary that comes back empty, before the Sentinels notice', () => {
  it('gets back what was written in the last minute', async () => {
    const events: string[] = []
    work = await AtWork.begin({ onEvent: ({ type }) => events.push(type) })
    await work.trio.restart(await work.trio.currentPrimary(), { empty: true })
    await work.expectBalance()
    expect(events).toContain('restored')
  })

  it('stays empty without a journal', async () => {
    work = await AtWork.begin({ journal: false })
    await work.trio.restart(await work.trio.currentPrimary(), { empty: true })
    await work.ledger.end()
    expect((await work.ledger.balance()).lost).toBeGreaterThan(0)
  })
})

it('F-35: an operator makes the primary a replica by hand, and takes it back', async () => {
  work = await AtWork.begin({ failoverBudget: '15s' })
  const primary = await work.trio.currentPrimary()
  const [replica] = await work.trio.replicas()
  await work.trio.ask(primary, 'REPLICAOF', replica!.host, String(replica!.port))
  await pause(500)
  await work.trio.ask(primary, 'REPLICAOF', 'NO', 'ONE')
  await work.expectBalance()
})
