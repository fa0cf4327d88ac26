/** What dies behind a client is a pause, not an error: a gateway, while another is there, and the primary behind all of them. */
import { createProvider, createSessionManager, type Manager } from '@sentinel-session/core'
import { gatewayBackend } from '@sentinel-session/gateway/client'
import { cookieFor } from '@sentinel-session/testing'
import { type SentinelTrio, startSentinel } from '@sentinel-session/testing/sentinel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GatewayProcess, startGateway } from './support/gateway-process.ts'

interface Visit {
  n: number
  seen: string[]
}

const KEY = 'k'.repeat(32)

let trio: SentinelTrio
let gateways: GatewayProcess[] = []
beforeAll(async () => {
  trio = await startSentinel()
  gateways = await Promise.all([startGateway(trio.savePath, KEY), startGateway(trio.savePath, KEY)])
})
afterAll(async () => {
  for (const gateway of gateways) await gateway.kill()
  await trio?.stop()
})

/** As a balancer that knows nothing of its backends: the next request goes to the next one, dead or not. */
function clientOf(): Manager<Visit> {
  let turn = 0
  const fetch: typeof globalThis.fetch = (_, init) => {
    turn += 1
    return globalThis.fetch(gateways[turn % gateways.length]!.url, init)
  }
  const backend = gatewayBackend({ url: gateways[0]!.url, keys: [KEY], fetch })
  return createSessionManager<Visit>({ provider: createProvider(backend) })
}

/** Increments from several clients, until it is stopped; rejects with the first error. */
async function load() {
  const clients = Array.from({ length: 3 }, clientOf)
  const sids = await Promise.all(
    clients.map(async client => (await cookieFor(client, { n: 0, seen: [] })).split('=')[1]!),
  )
  const acknowledged = new Map(sids.map(sid => [sid, [] as string[]]))
  let isStopped = false
  let slowestMs = 0
  const run = async (client: Manager<Visit>, who: number): Promise<void> => {
    for (let i = 0; !isStopped; i++) {
      const sid = sids[(who + i) % sids.length]!
      const began = performance.now()
      const session = (await client.read(sid))!
      session.update('n', n => (n ?? 0) + 1)
      session.update('seen', seen => [...(seen ?? []), `${who}.${i}`])
      await session.save()
      slowestMs = Math.max(slowestMs, performance.now() - began)
      acknowledged.get(sid)!.push(`${who}.${i}`)
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
  const running = Promise.all(clients.flatMap((client, who) => [run(client, who), run(client, who + clients.length)]))
  running.catch(() => undefined)
  const count = (): number => [...acknowledged.values()].flat().length
  return {
    /** Until so many more are acknowledged. */
    async more(increments: number): Promise<void> {
      const until = count() + increments
      while (count() < until) await Promise.race([running, new Promise(resolve => setTimeout(resolve, 10))])
    },
    /** What is stored, beside what was acknowledged. */
    async stop() {
      isStopped = true
      await running
      const stored = await Promise.all(sids.map(async sid => (await clients[0]!.read(sid))!))
      return {
        slowestMs,
        acknowledged: sids.map(sid => acknowledged.get(sid)!.toSorted()),
        stored: stored.map(session => ({ n: session.get('n'), seen: session.get('seen')?.toSorted() })),
      }
    },
  }
}

describe('under load', () => {
  /** Each answers how it is undone. */
  it.each<[string, () => Promise<(() => Promise<void>) | undefined>]>([
    [
      'a gateway that is killed with requests in its hands, and another that takes over',
      async () => {
        await gateways[1]!.kill()
        return undefined
      },
    ],
    [
      'a gateway that comes back',
      async () => {
        gateways[1] = await startGateway(trio.savePath, KEY)
        return undefined
      },
    ],
    [
      'a primary that is killed',
      async () => {
        const dead = await trio.killPrimary()
        return () => trio.restart(dead)
      },
    ],
    [
      'a planned failover',
      async () => {
        await trio.failover()
        return undefined
      },
    ],
  ])('%s: no request fails, nothing is lost, nothing is applied twice', { timeout: 120_000 }, async (what, happens) => {
    const increments = await load()
    await increments.more(100)
    const undo = await happens()
    await increments.more(200)
    const { slowestMs, stored, acknowledged } = await increments.stop()
    console.log(`${what}: the slowest of ${acknowledged.flat().length} took ${Math.round(slowestMs)} ms`)
    expect(stored).toEqual(acknowledged.map(seen => ({ n: seen.length, seen })))
    await undo?.()
    await trio.settled()
  })
})
