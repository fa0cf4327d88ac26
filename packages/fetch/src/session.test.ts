import { createProvider, createSessionManager, memoryBackend } from '@sentinel-session/core'
import { cookieFor, faultyBackend } from '@sentinel-session/testing'
import { describe, expect, it, vi } from 'vitest'
import { exchange } from './exchange.ts'
import { session } from './session.ts'

const ORIGIN = 'https://shop.example/'
const ask = (cookie?: string): Request => new Request(ORIGIN, cookie === undefined ? {} : { headers: { cookie } })
const pairOf = (response: Response): string => response.headers.getSetCookie().at(-1)!.split(';')[0]!

describe('a wrapped handler', () => {
  it('gets what the platform passes behind the request', async () => {
    const withSession = session<{ hits: number }>()
    const handler = withSession((_, session, name: string, level: number) => {
      session.update('hits', hits => (hits ?? 0) + level)
      return new Response(`${name} ${session.get('hits')}`)
    })
    const first = await handler(ask(), 'ada', 2)
    const second = await handler(ask(pairOf(first)), 'eve', 3)
    expect([await first.text(), await second.text()]).toEqual(['ada 2', 'eve 5'])
  })

  it('may throw a Response, which is an answer with a session', async () => {
    const handler = session()((_, session) => {
      session.set('a', 1)
      throw Response.redirect('https://shop.example/login', 302)
    })
    const thrown = await handler(ask()).catch((response: unknown) => response)
    expect(thrown).toBeInstanceOf(Response)
    expect((thrown as Response).headers.get('location')).toBe('https://shop.example/login')
    expect(pairOf(thrown as Response)).toMatch(/^__Host-sid=/)
  })

  it('keeps nothing when it throws an error, which the platform gets', async () => {
    const records = memoryBackend()
    const handler = session({ provider: createProvider(records) })((_, session) => {
      session.set('a', 1)
      throw new Error('of the handler')
    })
    await expect(handler(ask())).rejects.toThrow('of the handler')
    expect(await records.count()).toBe(0)
  })

  it('loses neither error when the commit fails, too', async () => {
    const store = faultyBackend(memoryBackend())
    const options = { provider: createProvider(store), failure: { commitOnError: true } }
    const handler = session(options)((_, session) => {
      session.set('a', 1)
      throw new Error('of the handler')
    })
    store.fail('create')
    const error = await handler(ask()).catch((both: unknown) => both)
    expect((error as AggregateError).errors).toEqual([
      expect.objectContaining({ message: 'of the handler' }),
      expect.objectContaining({ code: 'ERR_BACKEND_UNAVAILABLE' }),
    ])
  })

  it('answers 503 when the store is down, and leaves a 500 to the platform', async () => {
    const store = faultyBackend(memoryBackend())
    const handler = session({ provider: createProvider(store) })((_, session) => {
      session.set('a', 1)
      return new Response('ok')
    })
    store.fail('create')
    const response = await handler(ask())
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
    store.heal()
    await expect(handler(new Request('http://shop.example/'))).rejects.toMatchObject({ code: 'ERR_CONFIG_INSECURE' })
  })

  it('is found by of, and says where there is none', async () => {
    const sessions = session<{ n: number }>()
    const handler = sessions(request => new Response(String(sessions.of(request).isNew)))
    expect(await (await handler(ask())).text()).toBe('true')
    expect(() => sessions.of(ask())).toThrow(expect.objectContaining({ code: 'ERR_SESSION_ABSENT' }))
  })

  it('takes a ready manager, and a session that a test has made', async () => {
    const manager = createSessionManager()
    const handler = session({ manager })((_, session) => new Response(session.get('user')))
    expect(await (await handler(ask(await cookieFor(manager, { user: 'ada' })))).text()).toBe('ada')
  })

  it('has a provider of its own for each request, which Workers close when they can', async () => {
    const records = memoryBackend()
    const close = vi.fn(async () => {})
    const providerFor = vi.fn((_: Request, env: { NAME: string }) =>
      Object.assign(createProvider(records, { keyPrefix: `${env.NAME}:` }), { close }),
    )
    const handler = session({ providerFor })((_, session, _env: object, _context?: object) => {
      session.update('n', (n: number | undefined) => (n ?? 0) + 1)
      return new Response(String(session.get('n')))
    })
    const first = await handler(ask(), { NAME: 'shop' })
    expect(close).toHaveBeenCalledTimes(1)
    const waitUntil = vi.fn()
    const second = await handler(ask(pairOf(first)), { NAME: 'shop' }, { waitUntil })
    expect([await second.text(), waitUntil.mock.calls.length, providerFor.mock.calls.length]).toEqual(['2', 1, 2])
  })
})

describe('exchange', () => {
  it("puts what Beego's verbs say on the headers that are given", async () => {
    const manager = createSessionManager()
    const headers = new Headers()
    const request = ask()
    const visit = await manager.sessionStart(exchange(request, headers))
    visit.set('n', 1)
    await visit.sessionRelease()
    expect(headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-sid=/)])
    expect(exchange(request, new Headers())).toBe(exchange(request, headers))
  })

  it('means the session of the wrapper where that ran', async () => {
    const manager = createSessionManager()
    const handler = session({ manager })(async (request, session) => {
      session.set('a', 1)
      await manager.sessionRegenerateId(exchange(request, new Headers()))
      return new Response()
    })
    expect((await handler(ask())).headers.getSetCookie()).toHaveLength(1)
  })
})
