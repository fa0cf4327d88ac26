/** Users across a failover, and on a primary that comes back empty: what was listed is, and who was ended stays so. */
import { createSessionManager, type Manager } from '@sentinel-session/core'
import { type RedisProvider, redisSentinelProvider } from '@sentinel-session/redis'
import { type SentinelTrio, startSentinel } from '@sentinel-session/testing/sentinel'
import { afterEach, beforeEach, expect, it } from 'vitest'

let trio: SentinelTrio
let provider: RedisProvider
let manager: Manager
beforeEach(async () => {
  trio = await startSentinel()
  provider = redisSentinelProvider({ savePath: trio.savePath })
  manager = createSessionManager({ provider })
})
afterEach(async () => {
  await provider?.close()
  await trio?.stop()
})

async function login(userId: string, label: string, since?: number): Promise<string> {
  const request = { secure: true, host: 'example.com', url: '/', header: () => undefined }
  const { session, commit } = await manager.open(request)
  session.bind(userId, { label, ...(since === undefined ? {} : { since }) })
  await commit({ status: 200 })
  return session.sessionId()
}

async function labelsOf(userId: string): Promise<(string | undefined)[]> {
  return (await manager.sessionsOf(userId)).map(({ label }) => label).sort()
}

it('after a failover', async () => {
  const since = await manager.generationOf('ada')
  const sids = [await login('ada', 'laptop'), await login('ada', 'phone')]
  await login('bob', 'tablet')
  const dead = await trio.killPrimary()
  await trio.waitForPrimaryChange(dead)
  expect(await labelsOf('ada')).toEqual(['laptop', 'phone'])
  expect(await provider.sessionAll()).toBe(3)
  expect(await manager.destroyAllOf('ada')).toBe(2)
  await trio.restart(dead)
  await trio.settled()
  await trio.failover()
  expect(await labelsOf('ada')).toEqual([])
  for (const sid of sids) expect(await manager.read(sid)).toBeNull()
  await expect(login('ada', 'late', since)).rejects.toMatchObject({ code: 'ERR_SESSION_CONFLICT' })
  expect(await labelsOf('bob')).toEqual(['tablet'])
  expect(await provider.sessionAll()).toBe(1)
})

it('on a primary that has lost everything', async () => {
  const since = await manager.generationOf('eve')
  const sids = [await login('eve', 'laptop'), await login('eve', 'phone')]
  await manager.destroyAllOf('eve')
  const now = await manager.generationOf('eve')
  await login('ada', 'laptop')
  const session = (await manager.read(await login('ada', 'phone')))!
  session.set('n', 1)
  await session.save()
  await trio.restart(await trio.currentPrimary(), { empty: true })
  expect(await labelsOf('ada')).toEqual(['laptop', 'phone'])
  expect(await labelsOf('eve')).toEqual([])
  expect(await manager.generationOf('eve')).toBe(now)
  await expect(login('eve', 'late', since)).rejects.toMatchObject({ code: 'ERR_SESSION_CONFLICT' })
  for (const sid of sids) expect(await manager.read(sid)).toBeNull()
  session.regenerate()
  await session.save()
  expect(await manager.destroyAllOf('ada')).toBe(2)
  expect(await manager.read(session.sessionId())).toBeNull()
})
