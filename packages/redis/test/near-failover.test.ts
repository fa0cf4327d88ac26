/** Users at work with sessions near: a failover loses, doubles and brings back no more than without. */
import { afterEach, describe, expect, it } from 'vitest'
import { AtWork } from './failover/at-work.ts'

let work: AtWork
afterEach(() => work?.stop())

async function begin(...args: Parameters<typeof AtWork.begin>): Promise<void> {
  work = await AtWork.begin(...args)
  work.ledger.browse()
}

/** What was near was of use, and is listened to again. */
async function expectHits(): Promise<void> {
  for (const provider of work.ledger.providers) {
    const { hits } = provider.report().nearCache!
    await expect.poll(() => provider.report().nearCache!.hits, { timeout: 5000 }).toBeGreaterThan(hits)
  }
}

describe('with sessions near', () => {
  it('F-01: after the primary was killed', async () => {
    await begin({ nearCache: true })
    await work.trio.waitForPrimaryChange(await work.trio.killPrimary())
    await expectHits()
    await work.expectBalance()
  })

  it('F-02: while the primary is frozen, and wakes up as a stranger', async () => {
    await begin({ nearCache: true })
    const { trio, ledger } = work
    const frozen = await trio.currentPrimary()
    await trio.pause(frozen)
    await trio.waitForPrimaryChange(frozen)
    await ledger.progress(50)
    await trio.resume(frozen)
    await expectHits()
    await work.expectBalance()
  })

  it('F-05: that was planned, where the old primary goes on accepting writes', async () => {
    await begin({ nearCache: true })
    await work.trio.failover()
    await expectHits()
    await work.expectBalance()
  })

  it('when all connections break again and again', async () => {
    await begin({ nearCache: { maxAge: '200ms' } }, { proxies: true })
    for (let n = 0; n < 10; n++) {
      for (const proxy of work.proxies) proxy.reset()
      await work.ledger.progress(20)
    }
    await expectHits()
    await work.expectBalance()
  })
})
