/** Rows of the fault matrix where Redis is there and cannot, or may not, serve (docs/failover.md). */
import dns from 'node:dns'
import { redisBackend, redisSentinelProvider } from '@sentinel-session/redis'
import { type SentinelTrio, startSentinel } from '@sentinel-session/testing/sentinel'
import { Redis } from 'ioredis'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { AtWork } from './failover/at-work.ts'

const atEnd: (() => unknown)[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  for (const end of atEnd.splice(0).reverse()) await end()
})

async function begin(...args: Parameters<typeof AtWork.begin>): Promise<AtWork> {
  const work = await AtWork.begin(...args)
  atEnd.push(() => work.stop())
  return work
}

async function small(): Promise<SentinelTrio> {
  const trio = await startSentinel({ replicas: 0, sentinels: 1 })
  atEnd.push(() => trio.stop())
  return trio
}

/** A connection of its own to the primary, that is open already when others cannot be opened any more. */
async function administrator(trio: SentinelTrio): Promise<Redis> {
  const redis = new Redis((await trio.currentPrimary()).port, '127.0.0.1')
  atEnd.push(() => redis.disconnect())
  await redis.ping()
  return redis
}

it('F-14: what is evicted reads as expired, and the start-up report has warned of it', async () => {
  const trio = await small()
  const redis = await administrator(trio)
  await redis.config('SET', 'maxmemory-policy', 'allkeys-random')
  await redis.config('SET', 'maxmemory', '100mb')
  const provider = redisSentinelProvider({ savePath: trio.savePath })
  atEnd.push(() => provider.close())
  await provider.ready()
  expect(provider.report().warnings.map(({ code }) => code)).toContain('evicting')
  const session = await provider.sessionRead('')
  session.set('user', 'ada')
  await session.save()
  await redis.config('SET', 'maxmemory', '1')
  await redis.set('other', 1).catch(() => undefined)
  await expect.poll(() => redis.dbsize()).toBe(0)
  await redis.config('SET', 'maxmemory', '0')
  const again = await provider.sessionRead(session.sessionId())
  expect(again.isNew).toBe(true)
  expect(again.sessionId()).not.toBe(session.sessionId())
  again.set('user', 'eve')
  await again.save()
})

it('F-16: requests wait while the primary loads its data', async () => {
  // Each key takes 5 ms, and between some of them the node says that it is loading.
  const nodeConfig = ['key-load-delay 5000', 'loading-process-events-interval-bytes 1024']
  const work = await begin({ failoverBudget: '15s' }, { nodeConfig })
  const { trio } = work
  const primary = await trio.currentPrimary()
  const loading = (): Promise<boolean> =>
    trio.ask(primary, 'GET', 'any').then(
      () => false,
      (error: Error) => error.message.startsWith('LOADING'),
    )
  const restarting = trio.restart(primary)
  await expect.poll(loading, { timeout: 5000, interval: 20 }).toBe(true)
  await restarting
  await work.expectBalance()
})

it('F-18: a password that is replaced ends no connection; the next is refused by name, until it may connect again', async () => {
  const trio = await small()
  const redis = await administrator(trio)
  const user = (...rules: string[]): Promise<unknown> => redis.call('ACL', 'SETUSER', 'app', ...rules)
  await user('on', '>old', '~*', '&*', '+@all')
  const auth = { username: 'app', password: 'old' }
  const backend = redisBackend({ sentinels: trio.sentinels, masterName: trio.masterName, auth })
  atEnd.push(() => backend.close())
  await backend.ready()
  await user('>new', '<old')
  expect(await backend.read('sess:any')).toBeNull()
  await redis.call('CLIENT', 'KILL', 'USER', 'app')
  const refused = await backend.read('sess:any').catch(error => error)
  expect(refused).toMatchObject({ code: 'ERR_BACKEND_AUTH', field: 'auth' })
  expect(String(refused)).not.toMatch(/old|new/)
  await user('>old')
  await expect.poll(() => backend.read('sess:any').catch(error => error), { timeout: 5000 }).toBeNull()
})

it('F-26: the name of a Sentinel is looked up with each connection', async () => {
  const trio = await small()
  const { lookup } = dns
  let address: string | undefined
  vi.spyOn(dns, 'lookup').mockImplementation(((name: string, options: object, done: (...args: unknown[]) => void) => {
    if (name !== 'sentinel.test') return lookup(name, options, done as never)
    if (address === undefined) return done(Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' }))
    return lookup(address, options, done as never)
  }) as never)
  const { port } = trio.sentinelNodes[0]!
  const where = { sentinels: [`sentinel.test:${port}`], masterName: trio.masterName }
  const backend = redisBackend({ ...where, failoverBudget: '200ms' })
  atEnd.push(() => backend.close())
  await expect(backend.ready()).rejects.toMatchObject({ code: 'ERR_BACKEND_SENTINELS' })
  address = '127.0.0.1'
  await expect.poll(() => backend.read('sess:any').catch(error => error), { timeout: 5000 }).toBeNull()
})

describe('F-33: when Redis takes no more connections', () => {
  it('those that are open go on', async () => {
    const work = await begin()
    const redis = await administrator(work.trio)
    await redis.config('SET', 'maxclients', '1')
    await expect(work.trio.ask(await work.trio.currentPrimary(), 'PING')).rejects.toThrow('max number of clients')
    await work.ledger.progress(300)
    await redis.config('SET', 'maxclients', '10000')
    await work.expectBalance()
  })

  it('one that has none waits until there is room', async () => {
    const trio = await small()
    const redis = await administrator(trio)
    await redis.config('SET', 'maxclients', '1')
    const backend = redisBackend({ savePath: trio.savePath })
    atEnd.push(() => backend.close())
    const reading = backend.read('sess:any')
    await new Promise(resolve => setTimeout(resolve, 300))
    await redis.config('SET', 'maxclients', '10000')
    expect(await reading).toBeNull()
  })
})
