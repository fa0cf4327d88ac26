/** Connections that break all the time, as behind a bad balancer: nobody notices, and nothing spins. */
import { type RedisProvider, redisSentinelProvider } from '@sentinel-session/redis'
import {
  type SentinelTrio,
  startProxy,
  startSentinel,
  type Proxy as TcpProxy,
} from '@sentinel-session/testing/sentinel'
import { afterAll, beforeAll, expect, it } from 'vitest'

let trio: SentinelTrio
let proxy: TcpProxy
let provider: RedisProvider

beforeAll(async () => {
  trio = await startSentinel({ replicas: 1, sentinels: 1 })
  proxy = await startProxy(await trio.currentPrimary())
  provider = redisSentinelProvider({
    savePath: trio.savePath,
    natMap: ({ host }) => ({ host, port: proxy.port }),
  })
})

afterAll(async () => {
  await provider?.close()
  await proxy?.stop()
  await trio?.stop()
})

it('a read goes through in whatever state it meets the connection', async () => {
  const session = await provider.sessionRead('')
  session.set('user', 'ada')
  await session.save()

  for (let turns = 0; turns < 30; turns++) {
    proxy.reset()
    for (let turn = 0; turn < turns; turn++) await new Promise(resolve => setImmediate(resolve))
    expect((await provider.sessionRead(session.sessionId())).get('user')).toBe('ada')
  }
})
