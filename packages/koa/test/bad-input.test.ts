/** Bad input and bad configuration: a documented error or a fresh anonymous session; never a crash, a hang, or a leaked secret. */
import { once } from 'node:events'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type KoaSession, redisSentinelSession } from '@sentinel-session/koa'
import { type SentinelTrio, startSentinel } from '@sentinel-session/testing/sentinel'
import { Redis } from 'ioredis'
import Koa from 'koa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Browser } from './support/browser.ts'

const PASSWORD = 'canary-of-the-data-nodes'
const SENTINEL_PASSWORD = 'canary-of-the-sentinels'

let trio: SentinelTrio
let sessions: KoaSession<Record<string, unknown>, Record<string, unknown>>
let port: number
let redis: Redis
const stops: (() => unknown)[] = []
/** What an operator would see. */
const logged: unknown[] = []

beforeAll(async () => {
  trio = await startSentinel({ password: PASSWORD, sentinelPassword: SENTINEL_PASSWORD })
  stops.unshift(() => trio.stop())
  redis = new Redis((await trio.currentPrimary()).port, '127.0.0.1', { password: PASSWORD })
  stops.unshift(() => redis.disconnect())
  sessions = redisSentinelSession({ savePath: trio.savePath, sentinelAuth: { password: SENTINEL_PASSWORD } })
  stops.unshift(() => sessions.close())
  const app = new Koa()
  app.on('error', error => logged.push(error))
  app.use(sessions)
  app.use(ctx => {
    const session = sessions.of(ctx)
    if (ctx.path === '/set') session.set('secret', 'canary-of-the-payload')
    ctx.body = { data: { ...session.data }, isNew: session.isNew, status: session.status }
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stops.unshift(() => server.close())
  port = (server.address() as AddressInfo).port
})

afterAll(async () => {
  for (const stop of stops) await stop()
})

/** A raw request: fetch would refuse what we want to send. */
function get(path: string, cookie: string): Promise<{ status: number; text: string; cookies: string[] }> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, path, headers: { host: 'localhost', cookie }, insecureHTTPParser: true }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', chunk => {
        text += chunk
      })
      response.on('end', () =>
        resolve({ status: response.statusCode!, text, cookies: response.headers['set-cookie'] ?? [] }),
      )
    })
    sent.on('error', reject)
    sent.end()
  })
}

const origin = (): string => `http://localhost:${port}`
const sid = 'a'.repeat(43)

describe('a cookie', () => {
  it.each([
    ['malformed', '__Host-sid=%00%ff'],
    ['too short', '__Host-sid=abc'],
    ['with glob characters', `__Host-sid=${'*'.repeat(43)}`],
    ['with a colon', `__Host-sid=sess:${'a'.repeat(38)}`],
    ['quoted', `__Host-sid="${sid}"`],
    ['of an unknown sid', `__Host-sid=${sid}`],
    ['twice', `__Host-sid=${sid}; __Host-sid=${'b'.repeat(43)}`],
    ['named in another case', `__HOST-sid=${sid}`],
    ['named __proto__', '__proto__=x; constructor=y'],
    ['among a thousand others', `${Array.from({ length: 900 }, (_, i) => `c${i}=x`).join('; ')}; __Host-sid=${sid}`],
  ])('%s: a fresh anonymous session', async (_, cookie) => {
    const page = await get('/read', cookie)
    expect([page.status, JSON.parse(page.text), page.cookies]).toEqual([
      200,
      { data: {}, isNew: true, status: 'live' },
      [],
    ])
  })

  it('of a megabyte: refused by the server itself, which goes on', async () => {
    const refused = await get('/read', `__Host-sid=${'a'.repeat(1_000_000)}`).catch(error => ({
      status: error.code as unknown,
    }))
    expect([431, 'ECONNRESET', 'EPIPE']).toContain(refused.status)
    expect((await get('/read', 'a=b')).status).toBe(200)
  })

  it('of a planted sid is never adopted', async () => {
    const page = await get('/set', `__Host-sid=${sid}`)
    expect(page.status).toBe(200)
    expect(page.cookies[0]).toMatch(/^__Host-sid=[\w-]{43};/)
    expect(page.cookies[0]).not.toContain(sid)
  })
})

describe('a hostile stored record', () => {
  const spoil = async (
    write: (key: string) => Promise<unknown>,
  ): Promise<{ status: number; text: string; key: string }> => {
    const before = await redis.keys('sess:*')
    const browser = new Browser()
    await browser.get(`${origin()}/set`)
    const [key = ''] = (await redis.keys('sess:*')).filter(name => !before.includes(name))
    await write(key)
    const { status, text } = await browser.get(`${origin()}/read`)
    return { status, text, key }
  }
  const head = '{"v":1,"w":"aaaaaaaa00000001","c":1,'

  it.each<[string, string | Buffer]>([
    ['no JSON', 'canary'],
    ['another JSON', '{"user":"canary"}'],
    ['cut off', `${head}"d":{"a":`],
    ['a body that is a list', `${head}"d":[1]}`],
    ['an unknown tag', `${head}"d":{"a":{"$date":"canary"}}}`],
    ['bytes', Buffer.from([0xff, 0xfe, 0x00])],
    ['nothing', ''],
    ['deep', `${head}"d":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`],
    ['large', `${head}"d":{"a":"${'x'.repeat(2_000_000)}"}}`],
  ])('%s: 500, and the bytes stay as they are', async (_, value) => {
    const { status, text, key } = await spoil(name => redis.set(name, value))
    expect([status, text]).toEqual([500, 'Internal Server Error'])
    expect((await redis.getBuffer(key))?.equals(Buffer.from(value as string))).toBe(true)
    expect(logged.at(-1)).toMatchObject({ code: 'ERR_RECORD_MALFORMED' })
  })

  it('of another type: 500', async () => {
    const { status } = await spoil(async name => {
      await redis.del(name)
      await redis.lpush(name, 'canary')
    })
    expect(status).toBe(500)
    expect(logged.at(-1)).toMatchObject({ code: 'ERR_RECORD_MALFORMED' })
  })

  it('with __proto__ inside pollutes nothing', async () => {
    const created = Date.now()
    const value = `{"v":1,"w":"aaaaaaaa00000001","c":${created},"d":{"a":{"__proto__":{"admin":true},"b":1}}}`
    const { status, text } = await spoil(name => redis.set(name, value, 'EX', 60))
    expect([status, JSON.parse(text).data]).toEqual([200, { a: { b: 1 } }])
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })

  it('never shows what it holds', () => {
    const shown = JSON.stringify(
      logged.map(error => [String(error), String((error as Error).cause), (error as Error).stack]),
    )
    expect(shown).not.toContain('canary')
  })
})

describe('a configuration that cannot work fails at ready, and says which part', () => {
  const attempt = async (options: object): Promise<Error & { code?: string; field?: string }> => {
    const handle = redisSentinelSession({
      sentinels: trio.sentinels,
      auth: { password: PASSWORD },
      sentinelAuth: { password: SENTINEL_PASSWORD },
      failoverBudget: '1s',
      ...options,
    } as never)
    try {
      await handle.ready()
      throw new Error('It became ready.')
    } catch (error) {
      return error as Error
    } finally {
      await handle.close()
    }
  }

  it.each<[string, object, string, string]>([
    ['a wrong password', { auth: { password: 'canary-wrong' } }, 'ERR_BACKEND_AUTH', 'auth'],
    ['no password', { auth: { password: '' } }, 'ERR_BACKEND_AUTH', 'auth'],
    ['a wrong Sentinel password', { sentinelAuth: { password: 'canary-wrong' } }, 'ERR_BACKEND_AUTH', 'sentinelAuth'],
    ['no Sentinel password', { sentinelAuth: undefined }, 'ERR_BACKEND_AUTH', 'sentinelAuth'],
    ['a wrong master name', { masterName: 'other' }, 'ERR_BACKEND_MASTER_NAME', 'masterName'],
    ['a natMap without an answer', { natMap: () => undefined }, 'ERR_CONFIG_OPTION', 'natMap'],
    ['a natMap that throws', { natMap: () => JSON.parse('') }, 'ERR_CONFIG_OPTION', 'natMap'],
  ])('%s', async (_, options, code, field) => {
    const error = await attempt(options)
    expect(error).toMatchObject({ code, field })
    expect(`${error} ${error.stack} ${JSON.stringify(error)} ${error.cause}`).not.toMatch(/canary/)
  })

  it('no Sentinel within reach', async () => {
    const error = await attempt({ sentinels: ['127.0.0.1:1', '127.0.0.1:2'] })
    expect(error).toMatchObject({ code: 'ERR_BACKEND_SENTINELS' })
    expect(error.message).toContain('127.0.0.1:1, 127.0.0.1:2')
  })

  it('TLS to nodes that speak none', async () => {
    expect(await attempt({ tls: true })).toMatchObject({
      code: expect.stringMatching(/^ERR_BACKEND_(?:TLS|UNAVAILABLE)$/),
    })
  })

  it('and a request then fails at once, with 503 and Retry-After, not after the budget', async () => {
    const handle = redisSentinelSession({ sentinels: trio.sentinels, sentinelAuth: { password: SENTINEL_PASSWORD } })
    const app = new Koa()
    app.silent = true
    app.use(handle)
    app.use(ctx => {
      ctx.session.set('a', 1)
    })
    const server = app.listen(0)
    try {
      await handle.ready().catch(() => undefined)
      const page = await fetch(`http://localhost:${(server.address() as AddressInfo).port}`)
      expect([page.status, page.headers.getSetCookie()]).toEqual([503, []])
    } finally {
      server.close()
      await handle.close()
    }
  })
})
