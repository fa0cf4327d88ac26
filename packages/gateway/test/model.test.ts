/**
 * Lost answers, requests that come twice or late, gateways that die with an answer in their hands and another that takes over: nothing
 * is applied twice, nothing is lost, and what has ended stays ended.
 */
import {
  type Backend,
  createProvider,
  createSessionManager,
  isSessionError,
  type Manager,
  memoryBackend,
} from '@sentinel-session/core'
import { createGateway } from '@sentinel-session/gateway'
import { gatewayBackend } from '@sentinel-session/gateway/client'
import { type RedisBackend, redisBackend } from '@sentinel-session/redis'
import { cookieFor } from '@sentinel-session/testing'
import { type SentinelTrio, startSentinel } from '@sentinel-session/testing/sentinel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { badNetwork, randomFrom } from './support/bad-network.ts'

interface Visit {
  n: number
  seen: string[]
}

const keys = ['k'.repeat(32)] as const
const SEED = Number(process.env.MODEL_SEED ?? Math.floor(Math.random() * 2 ** 31))
const CLIENTS = 4

let trio: SentinelTrio
let redis: RedisBackend[]
beforeAll(async () => {
  trio = await startSentinel()
  redis = Array.from({ length: 2 }, () => redisBackend({ savePath: trio.savePath }))
  await Promise.all(redis.map(backend => backend.ready()))
})
afterAll(async () => {
  for (const backend of redis ?? []) await backend.close()
  await trio?.stop()
})

/** What a model needs: clients behind a bad network, and a look at the store past both. */
function worldOf(backends: readonly Backend[], seed: number) {
  const network = badNetwork(
    backends.map(backend => createGateway(backend, { keys })),
    seed,
  )
  const client = (): Manager<Visit> => {
    const backend = gatewayBackend({ url: 'https://gateway.test/', keys, fetch: network.fetch })
    return createSessionManager<Visit>({ provider: createProvider(backend) })
  }
  const store = createSessionManager<Visit>({ provider: createProvider(backends[0]!) })
  return { network, clients: Array.from({ length: CLIENTS }, client), client, store }
}

async function sidOf(manager: Manager<Visit>): Promise<string> {
  return (await cookieFor(manager, { n: 0, seen: [] })).split('=')[1]!
}

async function increments(backends: readonly Backend[], seed: number, { perRequest = false } = {}) {
  const { network, clients, client, store } = worldOf(backends, seed)
  const sids = await Promise.all(clients.map(sidOf))
  const random = randomFrom(seed + 1)
  const unknown: string[] = []
  const acknowledged = new Map(sids.map(sid => [sid, [] as string[]]))
  const run = async (manager: Manager<Visit>, who: number): Promise<void> => {
    for (let i = 0; i < 12; i++) {
      const sid = sids[Math.floor(random() * sids.length)]!
      const session = (await (perRequest ? client() : manager).read(sid))!
      session.update('n', n => (n ?? 0) + 1)
      session.update('seen', seen => [...(seen ?? []), `${who}.${i}`])
      const kept = session.save().then(
        () => acknowledged.get(sid)!,
        (error: unknown) => {
          if (!perRequest || !isSessionError(error, 'ERR_SESSION_CONFLICT')) throw error
          return unknown
        },
      )
      ;(await kept).push(`${who}.${i}`)
    }
  }
  await Promise.all(clients.flatMap((manager, who) => [run(manager, who), run(manager, who + CLIENTS)]))
  await network.settled()
  const stored = await Promise.all(sids.map(async sid => (await store.read(sid))!))
  return {
    faults: network.faults,
    unknown,
    acknowledged: sids.map(sid => acknowledged.get(sid)!.toSorted()),
    stored: stored.map(session => ({ n: session.get('n'), seen: session.get('seen')?.toSorted() })),
  }
}

/** It says that it takes names, and does not. */
function withoutNames(backend: Backend): Backend {
  return {
    ...backend,
    create: (key, fields, { name: _, ...call } = {}) => backend.create(key, fields, call),
    replace: (key, base, fields, { name: _, tries: __, ...call } = {}) => backend.replace(key, base, fields, call),
    end: (key, ending, { name: _, ...call } = {}) => backend.end(key, ending, call),
  }
}

describe.each([
  ['memory', () => [memoryBackend()].flatMap(store => [store, store])],
  ['Redis Sentinel', () => redis],
])('over a bad network, two gateways to %s', (_, backends) => {
  it('apply each acknowledged increment once, and no other', { timeout: 120_000 }, async () => {
    const { acknowledged, stored, faults } = await increments(backends(), SEED)
    expect(Object.keys(faults).length, `seed ${SEED}`).toBeGreaterThan(6)
    expect(stored, `seed ${SEED}`).toEqual(acknowledged.map(seen => ({ n: seen.length, seen })))
  })

  it('do so for a client for each request too, or say that nobody can tell', { timeout: 120_000 }, async () => {
    const { acknowledged, unknown, stored } = await increments(backends(), SEED + 1, { perRequest: true })
    for (const [i, { n, seen }] of stored.entries()) {
      expect(n, `seed ${SEED}`).toBe(new Set(seen).size)
      expect(seen, `seed ${SEED}`).toEqual(expect.arrayContaining(acknowledged[i]!))
      expect([...acknowledged[i]!, ...unknown], `seed ${SEED}`).toEqual(expect.arrayContaining(seen!))
    }
    expect(acknowledged.flat().length).toBeGreaterThan(4 * unknown.length)
  })

  it('end what was ended, for good, and keep what moved under its new sid', { timeout: 120_000 }, async () => {
    const { network, clients, store } = worldOf(backends(), SEED + 2)
    const ends = Array.from({ length: 24 }, async (_, i) => {
      const manager = clients[i % CLIENTS]!
      const sid = await sidOf(manager)
      const [writer, ender] = [(await manager.read(sid))!, (await clients[(i + 1) % CLIENTS]!.read(sid))!]
      writer.update('n', n => (n ?? 0) + 1)
      const saved = writer.save().then(
        () => undefined,
        error => error.code,
      )
      if (i % 2 === 0) {
        await ender.destroy()
        expect([undefined, 'ERR_SESSION_DESTROYED'], `seed ${SEED}`).toContain(await saved)
        return { sid, moved: undefined }
      }
      await saved
      ender.regenerate()
      await ender.save()
      return { sid, moved: ender.sessionId() }
    })
    const ended = await Promise.all(ends)
    await network.settled()
    for (const { sid, moved } of ended) {
      const old = await store.read(sid)
      expect(old?.status === 'live', `seed ${SEED}`).toBe(false)
      if (moved === undefined) continue
      expect((await store.read(moved))?.get('n'), `seed ${SEED}`).toBe(1)
    }
  })
})

describe('the model', () => {
  it('fails when the store is not told the names of the writes', { timeout: 120_000 }, async () => {
    const store = withoutNames(memoryBackend())
    const attempt = increments([store, store], SEED).then(({ acknowledged, stored }) => {
      expect(stored).toEqual(acknowledged.map(seen => ({ n: seen.length, seen })))
    })
    // It counts twice, or takes its own new sid for one of somebody else.
    await expect(attempt).rejects.toThrow()
  })
})
