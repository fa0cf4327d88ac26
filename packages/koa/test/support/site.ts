/** A Koa app on a real Redis, with a port of its own: what the tests of one requirement need around it. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingHttpHeaders, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type KoaSession, redisSentinelSession } from '@sentinel-session/koa'
import type { RedisSession } from '@sentinel-session/redis'
import { type SentinelTrio, startSentinel, type TestNode } from '@sentinel-session/testing/sentinel'
import { Redis } from 'ioredis'
import Koa, { type Context } from 'koa'

// biome-ignore lint/suspicious/noExplicitAny: the tests hold anything
export type Values = Record<string, any>
export type Handler = (ctx: Context) => unknown

export interface OneRedis {
  trio: SentinelTrio
  node: TestNode
  /** `redis://…` */
  url: string
  /** To look at what is stored. */
  redis: Redis
  stop(): Promise<void>
}

/** One Redis server, without Sentinel. */
export async function startOneRedis(): Promise<OneRedis> {
  // The Sentinel is never asked.
  const trio = await startSentinel({ replicas: 0, sentinels: 1 })
  const node = trio.nodes[0]!
  const redis = new Redis(node.port, node.host)
  const stop = async (): Promise<void> => {
    redis.disconnect()
    await trio.stop()
  }
  return { trio, node, url: `redis://${node.host}:${node.port}`, redis, stop }
}

export interface Site {
  app: Koa
  origin: string
  port: number
  sessions: KoaSession<Values, Values>
  /** What Koa reported. */
  errors: unknown[]
  stop(): Promise<void>
}

export async function startSite(options: RedisSession<Values>, handler: Handler): Promise<Site> {
  const sessions = redisSentinelSession<Values>(options) as KoaSession<Values, Values>
  await sessions.ready()
  const app = new Koa()
  const errors: unknown[] = []
  app.on('error', error => errors.push(error))
  app.use(sessions)
  app.use(handler)
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    await sessions.close()
  }
  return { app, origin: `http://localhost:${port}`, port, sessions, errors, stop }
}

export interface RawPage {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

/** A request with headers that fetch would not send, such as Host. */
export function rawGet(port: number, path: string, headers: Record<string, string>): Promise<RawPage> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path, headers, insecureHTTPParser: true }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', chunk => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }))
    })
    sent.on('error', reject)
    sent.end()
  })
}

/** Where the session of a sid is stored, worked out without our code. */
export function recordKey(sid: string): string {
  return `sess:${createHash('sha256').update(sid).digest('base64url')}`
}

/** Runs a task so many times, fifty at once. */
export async function many(times: number, task: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < times) await task(next++)
  }
  await Promise.all(Array.from({ length: 50 }, worker))
}
