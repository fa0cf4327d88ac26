/**
 * The rows of the fault matrix that run with every change (docs/failover.md): real processes, users at work on two backends, and
 * afterwards the account of what was acknowledged. A failover is a pause: nobody sees an error, nothing is lost, nothing comes back.
 */
import { type RedisBackendOptions, redisSentinelProvider } from '@sentinel-session/redis'
import {
  type SentinelTrio,
  type SentinelTrioOptions,
  startProxy,
  startSentinel,
  type Proxy as TcpProxy,
} from '@sentinel-session/testing/sentinel'
import { afterEach, describe, expect, it } from 'vitest'
import { Ledger } from './failover/ledger.ts'

const BALANCED = { lost: 0, duplicated: 0, resurrected: 0, empty: 0, errors: [] }

let trio: SentinelTrio
let ledger: Ledger
const proxies: TcpProxy[] = []

async function atWork(options: Partial<RedisBackendOptions> = {}, deployment?: SentinelTrioOptions): Promise<void> {
  trio = await startSentinel(deployment)
  ledger = new Ledger({ savePath: trio.savePath, ...options } as RedisBackendOptions)
  await ledger.begin()
  await ledger.progress(50)
}

/** Lets the deployment come to rest and compares. */
async function expectBalance(): Promise<void> {
  await ledger.progress(50)
  await ledger.end()
  await trio.settled()
  expect(await ledger.balance()).toEqual(BALANCED)
}

afterEach(async () => {
  await ledger?.close()
  for (const proxy of proxies.splice(0)) await proxy.stop()
  await trio?.stop()
})

describe('a failover', () => {
  it('F-01: after the primary was killed', async () => {
    await atWork()
    await trio.waitForPrimaryChange(await trio.killPrimary())
    await expectBalance()
    const [report] = ledger.providers.map(provider => provider.report())
    expect(report).toMatchObject({ status: 'ready', lastFailover: { to: report!.primary } })
  })

  it('F-02: while the primary is frozen, and wakes up as a stranger', async () => {
    await atWork()
    const frozen = await trio.currentPrimary()
    await trio.pause(frozen)
    await trio.waitForPrimaryChange(frozen)
    await ledger.progress(50)
    await trio.resume(frozen)
    await expectBalance()
  })

  it('F-05: that was planned, where the old primary goes on accepting writes', async () => {
    await atWork()
    await trio.failover()
    await expectBalance()
  })

  it('F-05: that was planned, with a single replica', async () => {
    await atWork({}, { replicas: 1 })
    await trio.failover()
    await expectBalance()
  })
})

describe('no failover, and no effect', () => {
  it('F-07: when all Sentinels are gone', async () => {
    await atWork()
    for (const sentinel of trio.sentinelNodes) await trio.pause(sentinel)
    await ledger.progress(200)
    for (const sentinel of trio.sentinelNodes) await trio.resume(sentinel)
    await expectBalance()
  })

  it.each([0, 1, 2])('F-09: when the Sentinel at place %i is frozen, also for a newcomer', async place => {
    await atWork()
    await trio.pause(trio.sentinelNodes[place]!)
    await ledger.progress(50)
    const newcomer = redisSentinelProvider({ savePath: trio.savePath })
    await newcomer.ready()
    await newcomer.close()
    await trio.resume(trio.sentinelNodes[place]!)
    await expectBalance()
  })

  it('F-10: when one replica is killed, and returns', async () => {
    await atWork()
    const [replica] = await trio.replicas()
    await trio.kill(replica!)
    await ledger.progress(50)
    await trio.restart(replica!)
    await expectBalance()
  })

  it('F-22: when connections are cut with replies on the way', async () => {
    trio = await startSentinel()
    const proxied = new Map<number, TcpProxy>()
    for (const node of trio.nodes) {
      const proxy = await startProxy(node)
      proxies.push(proxy)
      proxied.set(node.port, proxy)
    }
    ledger = new Ledger({
      savePath: trio.savePath,
      natMap: ({ host, port }) => ({ host, port: proxied.get(port)?.port ?? port }),
    })
    await ledger.begin()
    for (const proxy of proxies) proxy.loseReplies(0.05)
    await ledger.progress(300)
    for (const proxy of proxies) proxy.loseReplies(0)
    await expectBalance()
    expect(proxies.reduce((sum, { lost }) => sum + lost, 0)).toBeGreaterThan(0)
  })
})

describe('F-13: when the memory of Redis is full', () => {
  it('sessions can be read and ended, but not changed', async () => {
    trio = await startSentinel()
    ledger = new Ledger({ savePath: trio.savePath, failoverBudget: '1s' })
    const [provider] = ledger.providers
    const session = await provider!.sessionRead('')
    session.set('user', 'ada')
    await session.save()
    await trio.ask(await trio.currentPrimary(), 'CONFIG', 'SET', 'maxmemory', '1')

    const again = await provider!.sessionRead(session.sessionId())
    expect(again.get('user')).toBe('ada')
    again.set('user', 'eve')
    await expect(again.save()).rejects.toMatchObject({ code: 'ERR_BACKEND_UNAVAILABLE', status: 503 })
    await provider!.sessionDestroy(session.sessionId())
    expect(await provider!.sessionExist(session.sessionId())).toBe(false)
  })
})
