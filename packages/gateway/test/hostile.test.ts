/** What a gateway makes of those who have no key, an old one, or a key and bad intentions. */
import { randomFillSync } from 'node:crypto'
import { memoryBackend, SessionError } from '@sentinel-session/core'
import { createGateway, type GatewayOptions } from '@sentinel-session/gateway'
import { gatewayBackend } from '@sentinel-session/gateway/client'
import { faultyBackend } from '@sentinel-session/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pack } from '../src/message.ts'
import { HEADER } from '../src/signature.ts'
import { type ByHand, headOf, KEY, NAME, requestOf, signed, URL_OF_GATEWAY } from './support/asked-by-hand.ts'

const fields = { createdAt: 1, expiresAt: Date.now() + 600_000 }
const OLD = 'o'.repeat(32)
const READ = { verb: 'read', key: 'sess:a' }

function world(options: Partial<GatewayOptions> = {}) {
  const store = memoryBackend()
  const gateway = createGateway(store, { keys: [KEY], ...options })
  const ask = async (head: object, body?: string, how?: ByHand): Promise<[status: number, head: object]> => {
    const response = await gateway(requestOf(head, body, how))
    return [response.status, await headOf(response)]
  }
  const client = (...keys: [string, ...string[]]) =>
    gatewayBackend({
      url: URL_OF_GATEWAY,
      keys,
      failoverBudget: '300ms',
      fetch: async (...sent) => gateway(new Request(...sent)),
    })
  return { store, gateway, ask, client }
}

describe('a key', () => {
  it('that the gateway does not have opens nothing, and the answer is not signed', async () => {
    const { store, gateway, client } = world()
    await store.create('sess:a', { ...fields, body: '{}' })
    const response = await gateway(requestOf(READ, undefined, { key: OLD }))
    expect([response.status, response.headers.get(HEADER), await headOf(response)]).toEqual([
      401,
      '1',
      { refused: 'keys' },
    ])
    await expect(client(OLD).read('sess:a')).rejects.toMatchObject({
      code: 'ERR_BACKEND_AUTH',
      field: 'keys',
      status: 503,
    })
  })

  it('is replaced in steps, whichever side gets the new one first', async () => {
    const both = world({ keys: ['n'.repeat(32), OLD] })
    const behind = world({ keys: [OLD] })
    for (const { client } of [both, behind]) expect(await client('n'.repeat(32), OLD).read('sess:a')).toBeNull()
    expect(await both.client(OLD).read('sess:a')).toBeNull()
    await expect(
      world({ keys: ['n'.repeat(32)] })
        .client(OLD)
        .read('sess:a'),
    ).rejects.toMatchObject({ code: 'ERR_BACKEND_AUTH' })
  })

  it('is in no message, and too short a one throws and is not shown', async () => {
    const failed = await world().client(OLD).read('sess:a').catch(String)
    expect(failed).not.toContain(OLD)
    for (const make of [() => createGateway(memoryBackend(), { keys: ['secret'] }), () => world().client('secret')]) {
      expect(make).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_KEYS', field: 'keys' }))
      expect(make).not.toThrow('secret')
    }
  })
})

describe('a question', () => {
  it('that was signed more than a minute ago, or will be, is refused', async () => {
    const { ask, client } = world({ clock: { now: () => Date.now() + 61_000, sleep: async () => {} } })
    expect(await ask(READ)).toEqual([401, { refused: 'date' }])
    await expect(client(KEY).read('sess:a')).rejects.toMatchObject({ code: 'ERR_BACKEND_AUTH' })
    const { ask: askNow } = world()
    expect(await askNow(READ, undefined, { at: Date.now() + 61_000 })).toEqual([401, { refused: 'date' }])
    expect((await askNow(READ, undefined, { at: Date.now() - 59_000 }))[0]).toBe(200)
  })

  it('does nothing when it is played again, within that time', async () => {
    const { store, ask } = world()
    const create = { verb: 'create', key: 'sess:a', fields, name: NAME }
    const end = { verb: 'end', key: 'sess:a', ending: { kind: 'destroyed' }, name: `${NAME.slice(0, 14)}20` }
    expect(await ask(create, '{}')).toEqual([200, { created: true, revisions: NAME }])
    expect(await ask(end)).toMatchObject([200, { outcome: 'ok' }])
    expect(await ask(create, '{}')).toEqual([200, { created: false }])
    expect(await store.read('sess:a')).toBeNull()
  })

  it('of which anything was changed is refused: of the body, the date, the nonce, the digest, the signature', async () => {
    const { gateway, store } = world()
    const bytes = pack({ head: { ...READ, wait: 1 } })
    for (let at = 0; at < bytes.length; at++) {
      const sent = bytes.slice()
      sent[at]! ^= 1
      expect((await gateway(signed(bytes, { sent }))).status).toBe(400)
    }
    const { headers } = signed(bytes)
    const header = headers.get(HEADER)!
    for (let at = 2; at < header.length; at++) {
      const letter = header[at] === 'A' ? 'B' : header[at] === '1' ? '2' : header[at] === ' ' ? '_' : 'A'
      const changed = header.slice(0, at) + letter + header.slice(at + 1)
      const request = new Request(URL_OF_GATEWAY, { method: 'POST', headers: { [HEADER]: changed }, body: bytes })
      expect([400, 401]).toContain((await gateway(request)).status)
    }
    expect(await store.count()).toBe(0)
  })

  it('of another version is refused as such, and told clearly', async () => {
    const { gateway } = world()
    const fetch = async (...sent: Parameters<typeof globalThis.fetch>) => {
      const request = new Request(...sent)
      request.headers.set(HEADER, request.headers.get(HEADER)!.replace(/^1/, '2'))
      return gateway(request)
    }
    const failed = gatewayBackend({ url: URL_OF_GATEWAY, keys: [KEY], fetch }).read('sess:a')
    await expect(failed).rejects.toMatchObject({ code: 'ERR_BACKEND_UNAVAILABLE' })
    await expect(failed).rejects.toThrow('does not speak version 1 of the protocol')
  })

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])('by %s is refused', async method => {
    const response = await world().gateway(new Request(URL_OF_GATEWAY, { method }))
    expect(response.status).toBe(400)
  })

  it.each(['count', 'scan', 'close', 'capabilities', '__proto__', 'constructor', '', 7, null])(
    '%j is none',
    async verb => {
      expect(await world().ask({ verb })).toEqual([400, { refused: 'question' }])
    },
  )
})

describe('plain http', () => {
  const plain = (url: string, headers?: Record<string, string>): ByHand => ({ url, ...(headers && { headers }) })

  it('is refused by the gateway, but from a loopback host, and behind a proxy that is trusted', async () => {
    const { ask } = world()
    const trusting = world({ trustProxy: true })
    const forwarded = plain('http://gateway.test/', { 'X-Forwarded-Proto': 'https' })
    expect(await ask(READ, undefined, plain('http://gateway.test/'))).toEqual([403, { refused: 'insecure' }])
    expect(await ask(READ, undefined, forwarded)).toEqual([403, { refused: 'insecure' }])
    expect((await ask(READ, undefined, plain('http://127.0.0.1:8080/')))[0]).toBe(200)
    expect((await trusting.ask(READ, undefined, forwarded))[0]).toBe(200)
    const downgraded = plain('https://gateway.test/', { 'X-Forwarded-Proto': 'http' })
    expect(await trusting.ask(READ, undefined, downgraded)).toEqual([403, { refused: 'insecure' }])
  })

  it.each(['http://gateway.test/', 'http://10.0.0.1/', 'http://127.0.0.1.evil.test/', 'http://localhost.evil.test'])(
    'is refused by the client: %s',
    url => {
      const make = () => gatewayBackend({ url, keys: [KEY] })
      expect(make).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_INSECURE', field: 'url' }))
    },
  )

  it('is allowed to a loopback host, and nothing but http is a url', () => {
    for (const url of ['http://127.0.0.1:1/', 'http://[::1]:1/', 'http://localhost/', 'https://gateway.test/a']) {
      gatewayBackend({ url, keys: [KEY] })
    }
    for (const url of [
      'ftp://127.0.0.1',
      '/gateway',
      '',
      'https://user:secret@gateway.test',
      undefined as unknown as string,
    ]) {
      const make = () => gatewayBackend({ url, keys: [KEY] })
      expect(make).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_OPTION', field: 'url' }))
      expect(make).not.toThrow('secret')
    }
  })
})

describe('what lies outside of the prefix', () => {
  const base = { ...fields, revisions: NAME }
  const write = { fields, name: NAME }
  it.each([
    ['a read', { verb: 'read', key: 'other:a' }],
    ['a touch', { verb: 'touch', key: 'other:a', expiresAt: 5 }],
    ['a key that only holds it', { verb: 'read', key: 'other:sess:a' }],
    ['a create', { verb: 'create', key: 'other:a', ...write }],
    ['the user of a create', { verb: 'create', key: 'sess:a', ...write, fields: { ...fields, user: 'other:u' } }],
    ['the key before', { verb: 'create', key: 'sess:a', ...write, bind: { from: 'other:a' } }],
    ['a replace', { verb: 'replace', key: 'other:a', base, ...write, first: NAME }],
    [
      'the user of its base',
      { verb: 'replace', key: 'sess:a', base: { ...base, user: 'other:u' }, ...write, first: NAME },
    ],
    ['an end', { verb: 'end', key: 'other:a', ending: { kind: 'destroyed' }, name: NAME }],
    ['the user of an end', { verb: 'end', key: 'sess:a', ending: { kind: 'destroyed', user: 'other:u' }, name: NAME }],
    ['a generation', { verb: 'generationOf', user: 'other:u' }],
    ['all sessions of a user', { verb: 'endAllOf', user: 'other:u' }],
    ['the session to be spared', { verb: 'endAllOf', user: 'sess:u', except: 'other:a' }],
    ['the list of a user', { verb: 'membersOf', user: 'other:u' }],
  ])('is out of reach: %s', async (_, head) => {
    const { store, ask } = world()
    await store.create('other:a', { ...fields, body: '{"secret":1}', user: 'other:u' })
    expect(await ask(head, 'fields' in head ? '{}' : undefined)).toEqual([403, { refused: 'prefix' }])
    expect(await store.count()).toBe(1)
  })

  it('is told to the client as what it is', async () => {
    await expect(world().client(KEY).read('other:a')).rejects.toMatchObject({
      code: 'ERR_BACKEND_PERMISSION',
      field: 'keyPrefix',
    })
  })

  it('cannot be everything', () => {
    expect(() => createGateway(memoryBackend(), { keys: [KEY], prefix: '' })).toThrow(
      expect.objectContaining({ field: 'prefix' }),
    )
  })
})

describe('a body', () => {
  it('above the limit is refused, is not stored, and is told at once', async () => {
    const { store, ask, client } = world({ maxBytes: 1_000 })
    const create = { verb: 'create', key: 'sess:a', fields, name: NAME }
    expect(await ask(create, 'x'.repeat(10_000))).toEqual([413, { refused: 'size' }])
    const failed = client(KEY).create('sess:a', { ...fields, body: new Uint8Array(10_000) })
    await expect(failed).rejects.toMatchObject({ code: 'ERR_SESSION_TOO_LARGE', field: 'maxBytes', status: 413 })
    expect(await store.count()).toBe(0)
    expect((await ask(create, 'x'.repeat(1_000)))[0]).toBe(200)
  })

  it('of any length is not read for somebody without a key, and no further than the limit for others', async () => {
    const { gateway } = world({ maxBytes: 1_000 })
    const read = async (key: string): Promise<number> => {
      let pulled = 0
      const body = new ReadableStream(
        {
          pull: controller => {
            pulled += 1
            controller.enqueue(new Uint8Array(1_000))
          },
        },
        { highWaterMark: 0 },
      )
      const { headers } = requestOf(READ, undefined, { key })
      await gateway(new Request(URL_OF_GATEWAY, { method: 'POST', headers, body, duplex: 'half' } as RequestInit))
      return pulled
    }
    expect(await read(OLD)).toBe(0)
    expect(await read(KEY)).toBeLessThan(12)
  })

  it('may be any bytes, and any text', async () => {
    const { client } = world()
    const backend = client(KEY)
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.uint8Array(), fc.string({ unit: 'grapheme' }), fc.constantFrom('\n', '\ufeff{}', '"')),
        async body => {
          const key = `sess:${Math.random()}`
          const stored = await backend.create(key, { ...fields, body })
          expect(await backend.read(key)).toEqual(stored)
        },
      ),
    )
  })
})

describe('whatever a question is made of', () => {
  const wild = fc.anything({ withNullPrototype: false, maxDepth: 2 })
  const name = fc.oneof(
    fc.constantFrom('sess:a', 'sess:user:u', 'other:a', 'sess:\n', 'sess:"', NAME, ''),
    fc.string(),
    wild,
  )
  const record = fc.oneof(
    fc.record(
      { createdAt: fc.oneof(fc.nat(), wild), expiresAt: fc.oneof(fc.double(), wild), user: name, revisions: name },
      { requiredKeys: [] },
    ),
    wild,
  )
  const head = fc.record(
    {
      verb: fc.oneof(
        fc.constantFrom('read', 'create', 'replace', 'touch', 'end', 'generationOf', 'endAllOf', 'membersOf', 'ready'),
        wild,
      ),
      key: name,
      user: name,
      except: name,
      name,
      first: name,
      fields: record,
      base: record,
      ending: fc.oneof(
        fc.record({ kind: fc.constantFrom('destroyed', 'retired'), user: name, base: record }, { requiredKeys: [] }),
        wild,
      ),
      bind: fc.oneof(
        fc.record({ label: name, since: wild, max: wild, whenFull: wild, from: name }, { requiredKeys: [] }),
        wild,
      ),
      expiresAt: fc.oneof(fc.double(), wild),
      wait: fc.oneof(fc.nat(10), wild),
      until: wild,
      leaves: wild,
      uncertain: wild,
      again: wild,
      body: wild,
    },
    { requiredKeys: ['verb'] },
  )
  const answered = [200, 400, 403, 409]

  it('with a key: the answer is one of a few, and nothing outside of the prefix is touched', async () => {
    const { store, gateway } = world()
    const kept = await store.create('other:a', { ...fields, body: '{}', user: 'other:u' })
    await fc.assert(
      fc.asyncProperty(head, fc.option(fc.string(), { nil: undefined }), async (asked, body) => {
        let request: Request
        try {
          request = requestOf(asked, body)
        } catch {
          return // No JSON can be made of it.
        }
        expect(answered).toContain((await gateway(request)).status)
        expect(await store.read('other:a')).toEqual(kept)
        for await (const key of store.scan()) expect(key === 'other:a' || key.startsWith('sess:')).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  it('with a key and no form at all: it is refused', async () => {
    const { gateway } = world()
    for (let i = 0; i < 300; i++) {
      const bytes = randomFillSync(new Uint8Array(i))
      expect((await gateway(signed(bytes))).status).toBe(400)
    }
  })
})

describe('an error', () => {
  it('travels by its code: no message, no cause, nothing of what is behind the gateway', async () => {
    const store = faultyBackend(memoryBackend())
    const gateway = createGateway(store, { keys: [KEY] })
    const cause = new Error('redis://:hunter2@10.0.0.9')
    store.fail('read', new SessionError('ERR_BACKEND_AUTH', 'hunter2', { cause, field: 'auth', retryAfter: 3 }))
    const response = await gateway(requestOf(READ))
    const text = await response.clone().text()
    expect([response.status, text, await headOf(response)]).toEqual([
      503,
      expect.not.stringContaining('hunter2'),
      { error: 'ERR_BACKEND_AUTH', field: 'auth', retryAfter: 3 },
    ])
    const fetch = async (...sent: Parameters<typeof globalThis.fetch>) => gateway(new Request(...sent))
    const failed = gatewayBackend({ url: URL_OF_GATEWAY, keys: [KEY], fetch }).read('sess:a')
    await expect(failed).rejects.toMatchObject({ code: 'ERR_BACKEND_UNAVAILABLE', retryAfter: 1 })
  })

  it('that is none of ours goes to the server, and is no answer', async () => {
    const store = faultyBackend(memoryBackend())
    store.fail('read', new TypeError('a bug'))
    await expect(createGateway(store, { keys: [KEY] })(requestOf(READ))).rejects.toThrow('a bug')
  })
})

describe('createGateway', () => {
  it('takes no backend that cannot recognise a write by its name', () => {
    const backend = { ...memoryBackend(), capabilities: new Set(['userIndexed'] as const) }
    expect(() => createGateway(backend, { keys: [KEY] })).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_CAPABILITY' }),
    )
  })

  it.each([{ maxBytes: 0 }, { maxBytes: '1' }, { prefix: 7 }, { scan: true }])('takes no %j', option => {
    const make = () => createGateway(memoryBackend(), { keys: [KEY], ...(option as object) })
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_OPTION', field: Object.keys(option)[0] }))
  })
})
