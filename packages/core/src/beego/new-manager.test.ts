/** Beego's manager in memory: its verbs, its timer, and how it is made. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { cookieOf, exchange } from '../../test/support/exchange.ts'
import {
  createProvider,
  type Manager,
  type ManagerConfig,
  memoryBackend,
  newManager,
  type Provider,
  registerProvider,
  SessionError,
} from '../index.ts'

const config = { cookieName: 'gosessionid', enableSetCookie: true, maxLifetime: 3600 }

afterEach(() => {
  vi.restoreAllMocks()
})

/** Time that stands still until it is moved. */
function stopTime(): (ms: number) => void {
  const now = vi.spyOn(Date, 'now').mockReturnValue(1_000_000)
  return ms => void now.mockReturnValue(Date.now() + ms)
}

/** The timers that are set, none of which fires. */
function watchTimers() {
  const set = vi.spyOn(globalThis, 'setInterval')
  const unref = vi.fn()
  const timer = { unref } as unknown as ReturnType<typeof setInterval>
  set.mockReturnValue(timer)
  const clear = vi.spyOn(globalThis, 'clearInterval').mockReturnValue(undefined)
  return { set, clear, timer, unref }
}

/** A provider with a few verbs of its own. */
const register = (name: string, verbs: Partial<Provider>): void =>
  registerProvider(name, storage => Object.assign(createProvider(memoryBackend(), storage), verbs))

/** A visitor whose session is stored, and who has the cookie. */
async function firstVisit(manager: Manager) {
  const visit = exchange()
  const session = await manager.sessionStart(visit)
  session.set('n', 1)
  await session.sessionRelease()
  return { visit, session }
}

describe('sessionStart', () => {
  it('gives the session of the request, and never adopts a sid that is not there', async () => {
    const manager = await newManager('memory', config)
    const first = exchange({ cookie: `gosessionid=${'a'.repeat(32)}` })
    const session = await manager.sessionStart(first)
    expect(session.isNew).toBe(true)
    session.set('user', 'u1')
    await session.sessionRelease()
    expect(session.sessionId()).not.toBe('a'.repeat(32))
    const again = await manager.sessionStart(exchange({ cookie: cookieOf(first) }))
    expect(again.get('user')).toBe('u1')
  })

  it('stores nothing and sends nothing while nothing is set', async () => {
    const manager = await newManager('memory', config)
    const visit = exchange()
    await (await manager.sessionStart(visit)).sessionRelease()
    expect(visit.cookies).toEqual([])
    expect(await manager.getActiveSession()).toBe(0)
  })

  it('gives the same session to all calls of one request', async () => {
    const manager = await newManager('memory', config)
    const visit = exchange()
    const [one, two] = await Promise.all([manager.sessionStart(visit), manager.sessionStart(visit)])
    expect(one).toBe(two)
    expect(await manager.sessionRegenerateId(visit)).toBe(one)
  })

  it('gives the session of an adapter that opened the request, and leaves the response to it', async () => {
    const manager = await newManager('memory', config)
    const visit = exchange()
    const { session, commit } = await manager.open(visit)
    const same = await manager.sessionStart(visit)
    expect(same).toBe(session)
    same.set('n', 1)
    await same.sessionRelease()
    expect(visit.cookies).toEqual([])
    expect((await commit({ status: 200 })).append[0]![1]).toContain(session.sessionId())
  })

  it('reads the session, also with lazy loading', async () => {
    const manager = await newManager('memory', config, { load: 'lazy' })
    const { visit } = await firstVisit(manager)
    expect((await manager.sessionStart(exchange({ cookie: cookieOf(visit) }))).get('n')).toBe(1)
  })

  it('may be tried again after it failed', async () => {
    const backend = memoryBackend()
    const read = vi.spyOn(backend, 'read').mockRejectedValueOnce(new Error('once'))
    registerProvider('failing once', storage => createProvider(backend, storage))
    const manager = await newManager('failing once', config)
    const visit = exchange({ cookie: `gosessionid=${'a'.repeat(32)}` })
    await expect(manager.sessionStart(visit)).rejects.toThrow('once')
    await manager.sessionStart(visit)
    expect(read).toHaveBeenCalledTimes(2)
  })
})

describe('sessionRelease', () => {
  it('stores what changed and sends a sid once, however often it runs', async () => {
    const manager = await newManager('memory', config)
    const { session, visit } = await firstVisit(manager)
    session.set('n', 2)
    await session.sessionRelease()
    expect(visit.cookies).toHaveLength(1)
    expect(visit.vary).toEqual(['Cookie'])
    expect(visit.headers.get('cache-control')).toBe('no-store')
    expect((await manager.getSessionStore(session.sessionId()))?.get('n')).toBe(2)
  })

  it('moves the deadline of a session that was only read', async () => {
    const pass = stopTime()
    const manager = await newManager('memory', { ...config, maxLifetime: 100 })
    const { visit } = await firstVisit(manager)
    const cookie = cookieOf(visit)
    for (let round = 0; round < 5; round++) {
      pass(60_000)
      const again = await manager.sessionStart(exchange({ cookie }))
      expect(again.get('n')).toBe(1)
      await again.sessionRelease()
    }
    pass(100_000)
    expect((await manager.sessionStart(exchange({ cookie }))).isNew).toBe(true)
  })

  it('deferred behind a destroy writes nothing', async () => {
    const manager = await newManager('memory', config)
    const visit = exchange()
    const session = await manager.sessionStart(visit)
    try {
      session.set('n', 1)
      await session.sessionRelease()
      await manager.sessionDestroy(visit)
    } finally {
      await session.sessionRelease()
    }
    expect(await manager.getActiveSession()).toBe(0)
    expect(visit.cookies.at(-1)).toMatch(/^gosessionid=; Max-Age=0;/)
  })

  it('deferred behind a regenerate stores under the new sid only', async () => {
    const manager = await newManager('memory', config)
    const { session, visit } = await firstVisit(manager)
    const old = session.sessionId()
    await manager.sessionRegenerateId(visit)
    session.set('n', 2)
    await session.sessionRelease()
    expect(await manager.getSessionStore(old)).toBeNull()
    expect((await manager.getSessionStore(session.sessionId()))?.get('n')).toBe(2)
  })
})

describe('sessionRegenerateId', () => {
  it('keeps what was stored and what this request set, and retires the old sid', async () => {
    const manager = await newManager('memory', config)
    const visit = exchange()
    const session = await manager.sessionStart(visit)
    session.set('cart', ['tea'])
    await session.sessionRelease()
    const login = exchange({ cookie: cookieOf(visit) })
    const same = await manager.sessionStart(login)
    same.set('user', 'u1')
    const moved = await manager.sessionRegenerateId(login)
    expect(moved.sessionId()).not.toBe(cookieOf(visit).split('=')[1])
    expect(cookieOf(login)).toBe(`gosessionid=${moved.sessionId()}`)
    const after = await manager.sessionStart(exchange({ cookie: cookieOf(login) }))
    expect({ ...after.data }).toEqual({ cart: ['tea'], user: 'u1' })
    expect(await manager.getSessionStore(session.sessionId())).toBeNull()
  })

  it('after a stale cookie moves the session that this request filled', async () => {
    const manager = await newManager('memory', config)
    const login = exchange({ cookie: `gosessionid=${'b'.repeat(32)}` })
    const session = await manager.sessionStart(login)
    session.set('user', 'u1')
    await session.sessionRelease()
    await manager.sessionRegenerateId(login)
    expect((await manager.sessionStart(exchange({ cookie: cookieOf(login) }))).get('user')).toBe('u1')
    expect(await manager.getActiveSession()).toBe(1)
  })

  it('works on a sid that came by header', async () => {
    const header = { enableSidInHTTPHeader: true, sessionNameInHTTPHeader: 'Sid' }
    const manager = await newManager('memory', { ...config, ...header })
    const session = await manager.sessionStart(exchange())
    session.set('user', 'u1')
    await session.sessionRelease()
    const old = session.sessionId()
    const login = exchange({ headers: { sid: old } })
    const moved = await manager.sessionRegenerateId(login)
    expect(login.headers.get('sid')).toBe(moved.sessionId())
    expect(moved.get('user')).toBe('u1')
    expect(await manager.getSessionStore(old)).toBeNull()
  })

  it('stores nothing for a visitor who has no session', async () => {
    const manager = await newManager('memory', config)
    const visit = exchange()
    await manager.sessionRegenerateId(visit)
    expect(visit.cookies).toEqual([])
    expect(await manager.getActiveSession()).toBe(0)
  })
})

describe('sessionDestroy', () => {
  it('ends the session and clears the cookie, without a start before it', async () => {
    const manager = await newManager('memory', config)
    const { session, visit } = await firstVisit(manager)
    const leaving = exchange({ cookie: cookieOf(visit) })
    await manager.sessionDestroy(leaving)
    expect(leaving.cookies).toEqual([expect.stringMatching(/^gosessionid=; Max-Age=0;/)])
    expect(await manager.getSessionStore(session.sessionId())).toBeNull()
  })

  it('lets a new session begin in the same request', async () => {
    const manager = await newManager('memory', config)
    const { session, visit } = await firstVisit(manager)
    const leaving = exchange({ cookie: cookieOf(visit) })
    await manager.sessionDestroy(leaving)
    const next = await manager.sessionStart(leaving)
    next.set('bye', true)
    await next.sessionRelease()
    expect(cookieOf(leaving)).toBe(`gosessionid=${next.sessionId()}`)
    expect(next.sessionId()).not.toBe(session.sessionId())
    expect(await manager.getActiveSession()).toBe(1)
  })

  it('rejects when it is not sure that the session is gone', async () => {
    const backend = memoryBackend()
    registerProvider('failing at the end', storage => createProvider(backend, storage))
    const manager = await newManager('failing at the end', config)
    const { visit } = await firstVisit(manager)
    vi.spyOn(backend, 'end').mockRejectedValueOnce(new SessionError('ERR_BACKEND_UNAVAILABLE', 'no answer'))
    const leaving = exchange({ cookie: cookieOf(visit) })
    await expect(manager.sessionDestroy(leaving)).rejects.toMatchObject({ code: 'ERR_BACKEND_UNAVAILABLE' })
    expect(leaving.cookies).toEqual([])
  })

  it('is no error where there is no session', async () => {
    const manager = await newManager('memory', config)
    const visit = exchange()
    await manager.sessionDestroy(visit)
    expect(visit.cookies).toEqual([])
  })
})

describe('the other verbs of the manager', () => {
  it('getSessionStore gives a session outside a request, and null where there is none', async () => {
    const manager = await newManager('memory', config)
    const session = await manager.sessionStart(exchange())
    session.set('n', 1)
    await session.sessionRelease()
    const found = await manager.getSessionStore(session.sessionId())
    found?.set('n', 2)
    await found?.sessionRelease()
    expect((await manager.getSessionStore(session.sessionId()))?.get('n')).toBe(2)
    expect(await manager.getSessionStore('c'.repeat(32))).toBeNull()
  })

  it('getActiveSession counts', async () => {
    const manager = await newManager('memory', config)
    for (let n = 1; n <= 3; n++) {
      const session = await manager.sessionStart(exchange())
      session.set('n', n)
      await session.sessionRelease()
    }
    expect(await manager.getActiveSession()).toBe(3)
  })

  it('getProvider gives the provider of this manager', async () => {
    const [one, two] = [await newManager('memory', config), await newManager('memory', config)]
    expect(await one.getProvider().sessionExist('a'.repeat(32))).toBe(false)
    expect(one.getProvider()).not.toBe(two.getProvider())
  })

  it('setSecure counts for later requests', async () => {
    const manager = await newManager('memory', config)
    const lineOf = async (): Promise<string> => {
      const { visit } = await firstVisit(manager)
      return visit.cookies[0]!
    }
    expect(await lineOf()).not.toContain('Secure')
    manager.setSecure(true)
    expect(await lineOf()).toContain('; Secure')
    manager.setSecure(false)
    expect(await lineOf()).not.toContain('Secure')
    expect(() => manager.setSecure('auto' as never)).toThrow(expect.objectContaining({ field: 'secure' }))
  })

  it('onEvent tells what a logger would', async () => {
    const told: string[] = []
    const manager = await newManager('memory', config, { onEvent: ({ type }) => told.push(type) })
    const visit = exchange({ cookie: 'gosessionid=x' })
    const session = await manager.sessionStart(visit)
    session.set('n', 1)
    await session.sessionRelease()
    await manager.sessionDestroy(visit)
    expect(told).toEqual(['rejected', 'created', 'destroyed'])
  })
})

describe('gc', () => {
  it('runs the sessionGC of the provider', async () => {
    const sessionGC = vi.fn(async () => undefined)
    register('gc', { sessionGC })
    await (await newManager('gc', config)).gc()
    expect(sessionGC).toHaveBeenCalledTimes(1)
  })

  it('runs each gclifetime until close, through failures too', async () => {
    const { set, clear, timer } = watchTimers()
    const sessionGC = vi.fn(async () => Promise.reject(new Error('not now')))
    register('gc by timer', { sessionGC })
    const manager = await newManager('gc by timer', { ...config, gclifetime: 2 })
    const [collect, ms] = set.mock.calls[0]!
    expect([set.mock.calls.length, ms]).toEqual([1, 2000])
    for (let round = 0; round < 3; round++) (collect as () => void)()
    expect(sessionGC).toHaveBeenCalledTimes(3)
    expect(clear).not.toHaveBeenCalled()
    await manager.close()
    expect(clear).toHaveBeenCalledWith(timer)
  })

  it('has no timer at a gclifetime of 0, and does not spin at one beyond what timers take', async () => {
    const { set } = watchTimers()
    await newManager('memory', config)
    expect(set).not.toHaveBeenCalled()
    await newManager('memory', { ...config, gclifetime: 10_000_000 })
    expect(set.mock.calls[0]![1]).toBe(2 ** 31 - 1)
  })

  it('does not keep the process alive', async () => {
    const { unref } = watchTimers()
    await newManager('memory', { ...config, gclifetime: 60 })
    expect(unref).toHaveBeenCalledTimes(1)
  })
})

describe('newManager', () => {
  it('makes independent managers of one name', async () => {
    const [one, two] = [await newManager('memory', config), await newManager('memory', config)]
    const session = await one.sessionStart(exchange())
    session.set('n', 1)
    await session.sessionRelease()
    expect(await two.getSessionStore(session.sessionId())).toBeNull()
    await one.close()
    await two.ready()
  })

  it('takes what the config cannot say as a third argument, and nothing that it says', async () => {
    const fieldOf = (more: object) => newManager('memory', config, more).catch(({ code, field }) => `${code} ${field}`)
    expect(await fieldOf({ cookie: { name: 'x' } })).toBe('ERR_CONFIG_OPTION cookie')
    expect(await fieldOf({ header: 'x' })).toBe('ERR_CONFIG_OPTION header')
    expect(await fieldOf({ timeouts: { idle: 1 } })).toBe('ERR_CONFIG_OPTION timeouts.idle')
    expect(await fieldOf({ layout: {} })).toBe('ERR_CONFIG_OPTION layout')
    const manager = await newManager('memory', config, { maxBytes: 10, timeouts: { absolute: '1h' } })
    const session = await manager.sessionStart(exchange())
    session.set('n', 'more than ten bytes')
    await expect(session.sessionRelease()).rejects.toMatchObject({ code: 'ERR_SESSION_TOO_LARGE' })
  })

  it('has no absolute deadline unless it is told', async () => {
    const pass = stopTime()
    const manager = await newManager('memory', { ...config, maxLifetime: 86_400 * 30 })
    const { visit } = await firstVisit(manager)
    pass(86_400_000 * 29)
    expect((await manager.sessionStart(exchange({ cookie: cookieOf(visit) }))).get('n')).toBe(1)
  })

  it('refuses a name that nobody registered, and says which there are', async () => {
    const refused = newManager('redis_cluster', config)
    await expect(refused).rejects.toMatchObject({ code: 'ERR_CONFIG_PROVIDER', field: 'name' })
    await expect(refused).rejects.toThrow(/memory.*redis\/register/)
  })

  it('refuses a bad config before it makes a provider', async () => {
    const create = vi.fn()
    registerProvider('never made', create)
    const badConfigs: ManagerConfig[] = [
      { cookieName: 'a' },
      { ...config, cookieSameSite: 4 },
      { ...config, sessionIDLength: 1 },
    ]
    for (const bad of badConfigs) await expect(newManager('never made', bad)).rejects.toThrow()
    expect(create).not.toHaveBeenCalled()
  })

  it('closes the provider that cannot start, and rejects with its reason', async () => {
    const close = vi.fn(async () => undefined)
    register('cannot start', { sessionInit: async () => Promise.reject(new Error('no route')), close })
    await expect(newManager('cannot start', config)).rejects.toThrow('no route')
    expect(close).toHaveBeenCalledTimes(1)
  })
})

describe('registerProvider', () => {
  it('makes a name known, with the storage options of the manager', async () => {
    const create = vi.fn((storage: object) => createProvider(memoryBackend(), storage))
    registerProvider('mine', create)
    const manager = await newManager('mine', config, { keyPrefix: 'mine:' })
    expect(create.mock.calls[0]![0]).toMatchObject({ keyPrefix: 'mine:' })
    await manager.ready()
  })

  it('replaces a name that is known', async () => {
    const create = vi.fn((storage: object) => createProvider(memoryBackend(), storage))
    registerProvider('replaced', () => {
      throw new Error('the first')
    })
    registerProvider('replaced', create)
    await newManager('replaced', config)
    expect(create).toHaveBeenCalledTimes(1)
  })

  it('refuses an empty name and what is no factory', () => {
    expect(() => registerProvider('', () => createProvider(memoryBackend()))).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_PROVIDER', field: 'name' }),
    )
    expect(() => registerProvider('a', createProvider(memoryBackend()) as never)).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_PROVIDER', field: 'create' }),
    )
  })
})
