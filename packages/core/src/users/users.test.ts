/** Users and devices as a handler and a manager see them, on the memory backend. */
import { fakeClock } from '@sentinel-session/testing'
import { describe, expect, it } from 'vitest'
import {
  type Backend,
  createProvider,
  createSessionManager,
  encrypted,
  type ManagerOptions,
  memoryBackend,
  richJson,
  type SessionEvent,
  type StorageOptions,
} from '../index.ts'

// biome-ignore lint/suspicious/noExplicitAny: the tests hold anything
type Values = Record<string, any>

function rig(options: ManagerOptions<Values> = {}, storage: StorageOptions = {}) {
  const clock = fakeClock(1_700_000_000_000)
  const backend = memoryBackend({ clock })
  const events: SessionEvent[] = []
  const provider = createProvider(backend, storage)
  const manager = createSessionManager<Values>({ provider, clock, onEvent: event => events.push(event), ...options })
  /** A browser: it keeps its cookie. */
  const browser = () => {
    let cookie: string | undefined
    type Session = Awaited<ReturnType<typeof manager.open>>['session']
    return async <X>(handler: (session: Session) => X, status = 200): Promise<Awaited<X>> => {
      const header = (name: string): string | undefined => (name === 'cookie' ? cookie : undefined)
      const { session, commit } = await manager.open({ secure: true, host: 'example.com', url: '/', header })
      const result = await handler(session)
      const { append } = await commit({ status })
      cookie = append.find(([name]) => name === 'Set-Cookie')?.[1].split(';')[0] ?? cookie
      return result
    }
  }
  return { clock, backend, provider, manager, events, browser }
}

describe('bind', () => {
  it('is enough to store a session, with the commit', async () => {
    const { manager, browser, events, clock } = rig()
    const visit = browser()
    const id = await visit(session => {
      session.bind('ada', { label: 'laptop' })
      expect(session.isNew).toBe(true)
      return session.id
    })
    const at = clock.now()
    const { destroy, ...info } = (await manager.sessionsOf('ada'))[0]!
    expect(info).toEqual({ id, label: 'laptop', createdAt: at, expiresAt: at + 30 * 60_000 })
    expect(events.map(({ type }) => type)).toEqual(['created', 'bound'])
    expect(await visit(session => session.isNew)).toBe(false)
  })

  it('is not done at status 500', async () => {
    const { manager, browser } = rig()
    await browser()(session => session.bind('ada'), 500)
    expect(await manager.sessionsOf('ada')).toEqual([])
  })

  it('binds a session that is there, once, and keeps its values', async () => {
    const { manager, browser } = rig()
    const visit = browser()
    await visit(session => session.set('cart', ['tea']))
    expect(await manager.sessionsOf('ada')).toEqual([])
    await visit(session => session.bind('ada'))
    expect(await manager.sessionsOf('ada')).toHaveLength(1)
    await visit(session => session.set('cart', ['tea', 'milk']))
    expect(await visit(session => session.get('cart'))).toEqual(['tea', 'milk'])
    expect(await manager.sessionsOf('ada')).toHaveLength(1)
  })

  it('goes with a regenerate, and stays through the next ones, label and all', async () => {
    const { manager, browser } = rig()
    const visit = browser()
    await visit(session => session.set('cart', ['tea']))
    await visit(session => {
      session.regenerate()
      session.bind('ada', { label: 'laptop' })
    })
    await visit(session => session.regenerate())
    const id = await visit(session => session.id)
    expect(await manager.sessionsOf('ada')).toMatchObject([{ id, label: 'laptop' }])
  })

  it('refuses another user, unless the sid changes too', async () => {
    const { manager, browser } = rig()
    const visit = browser()
    await visit(session => session.bind('ada'))
    const foreign = expect.objectContaining({ code: 'ERR_SESSION_OWNER', status: 409 })
    await visit(session => expect(() => session.bind('eve')).toThrow(foreign))
    await visit(session => {
      session.regenerate({ keep: 'none' })
      session.bind('eve')
    })
    expect([await manager.sessionsOf('ada'), await manager.sessionsOf('eve')]).toMatchObject([[], [{}]])
  })

  it('fails the commit of a request that knew another user, or none', async () => {
    const { browser } = rig()
    const visit = browser()
    await visit(session => session.set('n', 1))
    const late = visit(async session => {
      session.set('n', 2)
      await visit(other => other.bind('ada'))
    })
    await expect(late).rejects.toMatchObject({ code: 'ERR_SESSION_CONFLICT' })
  })

  it('lets two requests bind the same user', async () => {
    const { manager, browser } = rig()
    const visit = browser()
    await visit(session => session.set('n', 1))
    await visit(async session => {
      session.bind('ada')
      await visit(other => other.bind('ada'))
    })
    expect(await manager.sessionsOf('ada')).toHaveLength(1)
  })

  it.each([
    ['userId', ['']],
    ['userId', [7]],
    ['label', ['ada', { label: 7 }]],
    ['since', ['ada', { since: '1' }]],
    ['since', ['ada', { since: Number.NaN }]],
  ])('refuses a wrong %s', async (field, args) => {
    const { browser } = rig()
    const wrong = expect.objectContaining({ code: 'ERR_SESSION_VALUE', field })
    await browser()(session => expect(() => session.bind(...(args as ['ada']))).toThrow(wrong))
  })

  it('cuts a long label', async () => {
    const { manager, browser } = rig()
    await browser()(session => session.bind('ada', { label: 'x'.repeat(5000) }))
    expect((await manager.sessionsOf('ada'))[0]!.label).toHaveLength(256)
  })

  it('stores no user id, and nothing that is the same under another prefix', async () => {
    const { backend, browser } = rig({}, { keyPrefix: 'one:' })
    await browser()(session => session.bind('ada@example.com'))
    const keys: string[] = []
    for await (const key of backend.scan()) keys.push(key)
    const record = await backend.read(keys[0]!)
    expect(record).toMatchObject({ user: expect.stringMatching(/^one:user:[\w-]{43}$/) })
    expect(JSON.stringify(record)).not.toContain('ada@')
  })

  it('works with an encrypting codec, which authenticates the user', async () => {
    const { backend, browser } = rig({}, { codec: encrypted(richJson(), { keys: ['k'.repeat(32)] }) })
    const visit = browser()
    await visit(session => session.set('n', 1))
    await visit(session => session.bind('ada'))
    await visit(session => session.regenerate())
    expect(await visit(session => session.get('n'))).toBe(1)
    for await (const key of backend.scan()) {
      const record = await backend.read(key)
      if (record === null || record === 'retired') continue
      await backend.replace(key, record, { ...record, user: 'sess:user:eve' })
    }
    await expect(visit(session => session.get('n'))).rejects.toMatchObject({ code: 'ERR_RECORD_MALFORMED' })
  })
})

describe('the manager', () => {
  it('ends one device, and the others stay', async () => {
    const { manager, browser } = rig()
    const [laptop, phone] = [browser(), browser()]
    await laptop(session => session.bind('ada', { label: 'laptop' }))
    await phone(session => session.bind('ada', { label: 'phone' }))
    const devices = await manager.sessionsOf('ada')
    await devices.find(({ label }) => label === 'phone')!.destroy()
    expect(await manager.sessionsOf('ada')).toMatchObject([{ label: 'laptop' }])
    expect([await laptop(({ isNew }) => isNew), await phone(({ isNew }) => isNew)]).toEqual([false, true])
  })

  it('ends all of a user, but for the one that asks', async () => {
    const { manager, browser } = rig()
    const browsers = [browser(), browser(), browser()]
    for (const visit of browsers) await visit(session => session.bind('ada'))
    const stranger = browser()
    await stranger(session => session.bind('bob'))
    const ended = await browsers[1]!(session => {
      session.regenerate()
      return manager.destroyAllOf('ada', { except: session.id })
    })
    expect(ended).toBe(2)
    expect(await Promise.all(browsers.map(visit => visit(({ isNew }) => isNew)))).toEqual([true, false, true])
    expect(await stranger(({ isNew }) => isNew)).toBe(false)
    expect(await manager.destroyAllOf('ada', { except: 'not-an-id' })).toBe(1)
  })

  it('refuses a login that began before all were ended', async () => {
    const { manager, browser, backend } = rig()
    const since = await manager.generationOf('ada')
    await manager.destroyAllOf('ada')
    const late = browser()(session => {
      session.set('user', 'ada')
      session.bind('ada', { since })
    })
    await expect(late).rejects.toMatchObject({ code: 'ERR_SESSION_CONFLICT', status: 409, field: 'since' })
    expect(await backend.count()).toBe(0)
    const again = await manager.generationOf('ada')
    await browser()(session => session.bind('ada', { since: again }))
    expect(await manager.sessionsOf('ada')).toHaveLength(1)
  })

  it('leaves an anonymous session as it was when its login is refused', async () => {
    const { manager, browser } = rig({ users: { maxSessions: 1, whenFull: 'reject' } })
    await browser()(session => session.bind('ada'))
    const visit = browser()
    await visit(session => session.set('cart', ['tea']))
    const login = visit(session => {
      session.regenerate()
      session.bind('ada')
    })
    await expect(login).rejects.toMatchObject({ code: 'ERR_SESSION_LIMIT', status: 409 })
    expect(await visit(session => session.get('cart'))).toEqual(['tea'])
    expect(await manager.sessionsOf('ada')).toHaveLength(1)
  })

  it('ends the oldest when a user has too many', async () => {
    const { manager, browser, clock } = rig({ users: { maxSessions: 2 } })
    const browsers = [browser(), browser(), browser()]
    for (const [n, visit] of browsers.entries()) {
      await visit(session => session.bind('ada', { label: `${n}` }))
      await clock.advance('1s')
    }
    expect((await manager.sessionsOf('ada')).map(({ label }) => label)).toEqual(['1', '2'])
    expect(await browsers[0]!(({ isNew }) => isNew)).toBe(true)
  })

  it('counts what lives', async () => {
    const { provider, manager, browser, clock } = rig()
    for (const user of ['ada', 'bob', 'eve']) await browser()(session => session.bind(user))
    await manager.destroyAllOf('bob')
    expect(await provider.sessionAll()).toBe(2)
    await clock.advance('31m')
    expect(await provider.sessionAll()).toBe(0)
    expect(await manager.sessionsOf('ada')).toEqual([])
  })

  it('says so where the backend knows no users', async () => {
    const backend: Backend = { ...memoryBackend(), capabilities: new Set() }
    const provider = createProvider(backend)
    const manager = createSessionManager({ provider })
    const missing = { code: 'ERR_CONFIG_CAPABILITY' }
    await expect(manager.sessionsOf('ada')).rejects.toMatchObject(missing)
    await expect(manager.destroyAllOf('ada')).rejects.toMatchObject(missing)
    await expect(manager.generationOf('ada')).rejects.toMatchObject(missing)
    await expect(provider.sessionAll()).rejects.toMatchObject(missing)
    const session = await provider.sessionRead('none')
    expect(() => session.bind('ada')).toThrow(expect.objectContaining(missing))
    expect(() => createSessionManager({ provider, users: { maxSessions: 1 } })).toThrow(
      expect.objectContaining(missing),
    )
  })

  it.each([
    ['users.maxSessions', { maxSessions: 0 }],
    ['users.maxSessions', { maxSessions: 1.5 }],
    ['users.whenFull', { whenFull: 'newest' }],
    ['users.max', { max: 3 }],
  ])('refuses a wrong option %s', (field, users) => {
    const wrong = expect.objectContaining({ code: 'ERR_CONFIG_OPTION', field })
    expect(() => createSessionManager({ users: users as never })).toThrow(wrong)
  })
})
