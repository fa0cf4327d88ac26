/** Shared sessions through a failover, and on a cluster: what our own processes acknowledged is there, once. */
import { beegoLayout, gobCodec } from '@sentinel-session/beego'
import { createSessionManager, type Manager } from '@sentinel-session/core'
import { redisSentinelProvider } from '@sentinel-session/redis'
import { startCluster, startSentinel } from '@sentinel-session/testing/sentinel'
import { afterEach, describe, expect, it } from 'vitest'

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

function join({ url }: { url: string }): Manager {
  const shared = { layout: beegoLayout(), codec: gobCodec() }
  const provider = redisSentinelProvider({ url, ...shared })
  stops.push(() => provider.close())
  return createSessionManager({ provider, timeouts: { absolute: 'none' } })
}

async function begin(manager: Manager): Promise<string> {
  const session = await manager.getProvider().sessionRead('none')
  session.set('n', 0)
  await session.save()
  return session.sessionId()
}

async function increment(manager: Manager, sid: string): Promise<void> {
  const session = (await manager.read(sid))!
  session.update('n', n => n + 1)
  await session.save()
}

describe('a session that is shared', () => {
  it.each(['planned', 'after a crash'])('counts exactly what was acknowledged through a failover %s', async kind => {
    const trio = await startSentinel()
    stops.push(() => trio.stop())
    const managers = [join(trio), join(trio)]
    const sid = await begin(managers[0]!)
    let acknowledged = 0
    let isOver = false
    const writers = managers.map(async manager => {
      while (!isOver) {
        await increment(manager, sid)
        acknowledged += 1
      }
    })
    const before = await trio.currentPrimary()
    while (acknowledged < 20) await new Promise(resolve => setImmediate(resolve))
    if (kind === 'planned') await trio.failover()
    else await trio.waitForPrimaryChange(await trio.killPrimary())
    const during = acknowledged
    while (acknowledged < during + 20) await new Promise(resolve => setTimeout(resolve, 5))
    isOver = true
    await Promise.all(writers)
    expect((await trio.currentPrimary()).port).not.toBe(before.port)
    expect((await managers[0]!.read(sid))!.get('n')).toBe(acknowledged)
  })

  it('ended before a failover has ended behind it', async () => {
    const trio = await startSentinel()
    stops.push(() => trio.stop())
    const manager = join(trio)
    const sid = await begin(manager)
    await (await manager.read(sid))!.destroy()
    const primary = await trio.failover()
    expect(await manager.read(sid)).toBeNull()
    expect(await trio.ask(primary, 'EXISTS', sid)).toBe(0)
  })

  it('has what stands beside it in its own slot of a cluster', async () => {
    const cluster = await startCluster()
    stops.push(() => cluster.stop())
    const managers = [join(cluster), join(cluster)]
    for (let round = 0; round < 10; round++) {
      const sid = await begin(managers[0]!)
      await Promise.all(managers.flatMap(manager => [increment(manager, sid), increment(manager, sid)]))
      const session = (await managers[1]!.read(sid))!
      expect(session.get('n')).toBe(4)
      if (round % 2 === 0) {
        session.regenerate()
        await session.save()
        expect((await managers[0]!.read(session.sessionId()))!.get('n')).toBe(4)
      } else await session.destroy()
      expect(await managers[0]!.read(sid)).toBeNull()
    }
    expect(await managers[0]!.getActiveSession()).toBe(5)
  })
})
