/** What the client makes of answers, of what only looks like one, and of none. */
import { type Backend, memoryBackend, type StoredRecord } from '@sentinel-session/core'
import { createGateway, type Gateway } from '@sentinel-session/gateway'
import { type GatewayBackendOptions, gatewayBackend } from '@sentinel-session/gateway/client'
import { faultyBackend } from '@sentinel-session/testing'
import { describe, expect, it } from 'vitest'
import { pack, unpack } from '../src/message.ts'
import { HEADER } from '../src/signature.ts'
import { KEY, URL_OF_GATEWAY } from './support/asked-by-hand.ts'

const fields = { createdAt: 1, expiresAt: Date.now() + 600_000, body: '{"n":1}' }
const UNAVAILABLE = { code: 'ERR_BACKEND_UNAVAILABLE', status: 503, retryAfter: 1 }

/** A client of whatever stands at the other end. */
function clientOf(
  handler: (request: Request) => Response | Promise<Response>,
  options: Partial<GatewayBackendOptions> = {},
) {
  const fetch = async (...sent: Parameters<typeof globalThis.fetch>) => handler(new Request(...sent))
  return gatewayBackend({ url: URL_OF_GATEWAY, keys: [KEY], failoverBudget: '200ms', fetch, ...options })
}

function gatewayTo(store: Backend): Gateway {
  return createGateway(store, { keys: [KEY] })
}

const html =
  (status: number, init: ResponseInit = {}) =>
  () =>
    new Response(status === 204 ? null : '<h1>?</h1>', { status, ...init })
const none = pack({ head: { found: 'none' } })

describe('"no session" is said by a gateway only', () => {
  const store = memoryBackend()
  const gateway = gatewayTo(store)
  it.each<[string, (request: Request) => Response | Promise<Response>]>([
    ['a page of a proxy, 200', html(200)],
    ['404', html(404)],
    ['502', html(502)],
    ['204', html(204)],
    ['a redirect', html(302, { headers: { Location: 'https://elsewhere.test/' } })],
    ['the same words without the header', () => new Response(none)],
    ['the same words with the header of a refusal', () => new Response(none, { headers: { [HEADER]: '1' } })],
    [
      'the same words with a signature of nobody',
      () => new Response(none, { headers: { [HEADER]: `1 ${'A'.repeat(43)}` } }),
    ],
    [
      'a refusal in words that no gateway knows',
      () => new Response(pack({ head: { refused: 'no' } }), { headers: { [HEADER]: '1' } }),
    ],
    [
      'a refusal that only comes signed',
      () => new Response(pack({ head: { refused: 'prefix' } }), { headers: { [HEADER]: '1' } }),
    ],
    [
      'the question, sent back',
      async request => new Response(await request.arrayBuffer(), { headers: request.headers }),
    ],
    [
      'an answer of which a byte was changed',
      async request => {
        const answer = await gateway(request)
        const bytes = new Uint8Array(await answer.arrayBuffer())
        bytes[2]! ^= 1
        return new Response(bytes, answer)
      },
    ],
    ['an answer without its signature', async request => new Response(await (await gateway(request)).arrayBuffer())],
    ['a lost connection', () => Promise.reject(new TypeError('fetch failed'))],
    [
      'silence',
      ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    ],
  ])('not by %s', async (_, handler) => {
    await expect(clientOf(handler).read('sess:a')).rejects.toMatchObject(UNAVAILABLE)
    await expect(clientOf(handler).create('sess:a', fields)).rejects.toMatchObject(UNAVAILABLE)
    expect(await clientOf(gateway).read('sess:b')).toBeNull()
  })

  it('nor by the answer to another question, nor to the same one of before', async () => {
    const answers: [Uint8Array<ArrayBuffer>, Headers][] = []
    const replayed = clientOf(async request => {
      const answer = await gateway(request)
      answers.push([new Uint8Array(await answer.arrayBuffer()), answer.headers])
      const [bytes, headers] = answers[0]!
      return new Response(bytes, { headers })
    })
    expect(await replayed.read('sess:nobody')).toBeNull()
    await expect(replayed.read('sess:nobody')).rejects.toMatchObject(UNAVAILABLE)
    expect(answers.length).toBeGreaterThan(1)
  })

  it('nor by one that has another form', async () => {
    for (const odd of [{}, { found: null }, { found: 'live' }, { record: null }]) {
      const store = { ...memoryBackend(), read: async () => odd as unknown as StoredRecord }
      await expect(clientOf(gatewayTo(store)).read('sess:a')).rejects.toMatchObject(UNAVAILABLE)
    }
  })
})

describe('a verb', () => {
  it('is one request, and the record costs its own length', async () => {
    const sizes: number[] = []
    const gateway = gatewayTo(memoryBackend())
    const client = clientOf(async request => {
      sizes.push((await request.clone().arrayBuffer()).byteLength)
      return gateway(request)
    })
    const body = `{"text":"${'"\\u00fc'.repeat(1_000)}"}`
    const record = (await client.create('sess:a', { ...fields, body }))!
    await client.replace('sess:a', record, { ...fields, body })
    await client.read('sess:a')
    expect(sizes).toHaveLength(3)
    expect(sizes[0]! - body.length).toBeLessThan(250)
    expect(sizes[1]! - body.length).toBeLessThan(400)
    expect(sizes[2]).toBeLessThan(150)
  })

  it('tells the gateway how long it may wait, counts it down, and ends with the budget of the request', async () => {
    const waits: unknown[] = []
    const budget = { leftMs: 150 }
    const client = clientOf(
      async request => {
        waits.push(unpack(new Uint8Array(await request.arrayBuffer())).head.wait)
        return new Response(null, { status: 502 })
      },
      { failoverBudget: '15s' },
    )
    await expect(client.read('sess:a', { budget })).rejects.toMatchObject(UNAVAILABLE)
    expect(waits[0]).toBeLessThan(150)
    expect(budget.leftMs).toBeLessThanOrEqual(0)
    await expect(client.read('sess:a', { budget })).rejects.toMatchObject(UNAVAILABLE)
    const patient = gatewayTo(memoryBackend())
    const fresh = { leftMs: 60_000 }
    const asked = clientOf(request => patient(request.clone()), { failoverBudget: '15s' })
    await asked.read('sess:a', { budget: fresh })
    expect(fresh.leftMs).toBeLessThan(60_000)
    expect(fresh.leftMs).toBeGreaterThan(0)
  })

  it('is asked of another gateway when one hangs', async () => {
    const gateway = gatewayTo(memoryBackend())
    let asked = 0
    const fetch: typeof globalThis.fetch = (url, init) => {
      asked += 1
      if (asked > 1) return gateway(new Request(url, init))
      return new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)))
    }
    const client = gatewayBackend({ url: URL_OF_GATEWAY, keys: [KEY], fetch })
    expect(await client.create('sess:a', fields)).toMatchObject(fields)
    expect(asked).toBe(2)
  })

  it('waits for what goes before it, and is not sent when that came to nothing', async () => {
    const order: unknown[] = []
    const gateway = gatewayTo(memoryBackend())
    const client = clientOf(async request => {
      const { head } = unpack(new Uint8Array(await request.clone().arrayBuffer()))
      order.push([head.verb, head.key])
      return gateway(request)
    })
    const base = (await client.create('sess:old', fields))!
    const creating = client.create('sess:new', fields)
    await client.end('sess:old', { kind: 'retired', base }, { after: creating })
    const taken = client.create('sess:new', fields)
    await expect(client.end('sess:new', { kind: 'destroyed' }, { after: taken })).rejects.toMatchObject(UNAVAILABLE)
    const failed = Promise.reject(new Error('before'))
    await expect(client.end('sess:new', { kind: 'destroyed' }, { after: failed })).rejects.toThrow('before')
    expect(order).toEqual([
      ['create', 'sess:old'],
      ['create', 'sess:new'],
      ['end', 'sess:old'],
      ['create', 'sess:new'],
    ])
  })

  it('that the store could not be asked in time is asked again, until the budget ends', async () => {
    const store = faultyBackend(memoryBackend())
    store.fail('create')
    const client = clientOf(gatewayTo(store), { failoverBudget: '10s' })
    const created = client.create('sess:a', fields)
    setTimeout(() => store.heal(), 120)
    expect(await created).toMatchObject(fields)
    store.fail('read')
    await expect(client.read('sess:a', { budget: { leftMs: 200 } })).rejects.toMatchObject(UNAVAILABLE)
  })

  it('whose answer was lost, though it was done, is not done twice', async () => {
    const store = faultyBackend(memoryBackend())
    const client = clientOf(gatewayTo(store), { failoverBudget: '10s' })
    const base = (await client.create('sess:a', fields))!
    store.loseReply('replace')
    const replaced = client.replace('sess:a', base, { ...fields, body: '{"n":2}' })
    setTimeout(() => store.heal(), 120)
    const outcome = await replaced
    expect(outcome).toMatchObject({ outcome: 'ok', record: { body: '{"n":2}' } })
    expect(await client.read('sess:a')).toMatchObject({
      revisions: (outcome as { record: StoredRecord }).record.revisions,
    })
  })
})

describe('ready', () => {
  it('tells whether the store knows users; without, their verbs say so', async () => {
    const store = { ...memoryBackend(), capabilities: new Set(['named'] as const) }
    const client = clientOf(gatewayTo(store))
    await expect(client.membersOf('sess:user:u')).rejects.toMatchObject({ code: 'ERR_CONFIG_CAPABILITY' })
    await client.ready()
    expect([...client.capabilities]).toEqual(['named'])
    const knows = clientOf(gatewayTo(memoryBackend()))
    await knows.ready()
    expect([...knows.capabilities].toSorted()).toEqual(['named', 'userIndexed'])
  })

  it('fails where there is no gateway', async () => {
    await expect(clientOf(html(404)).ready()).rejects.toMatchObject(UNAVAILABLE)
  })
})

describe('close', () => {
  it('waits for what is under way', async () => {
    const store = faultyBackend(memoryBackend())
    store.delay('create', '50ms')
    const client = clientOf(gatewayTo(store))
    let created: unknown
    void client.create('sess:a', fields).then(record => (created = record))
    await client.close()
    expect(created).toMatchObject(fields)
  })
})
