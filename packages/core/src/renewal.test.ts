/** `timeouts.renewal`: the sid is replaced while the session goes on, and requests that still carry the old one lose nothing. */
import { fakeClock } from '@sentinel-session/testing'
import { describe, expect, it } from 'vitest'
import { cookieOf, exchange } from '../test/support/exchange.ts'
import { facts, get, type Rig, rig, type Values } from '../test/support/session-rig.ts'
import {
  createProvider,
  createSessionManager,
  encrypted,
  memoryBackend,
  richJson,
  type SessionOptions,
} from './index.ts'
import { nativeLayout } from './layout.ts'

const renewal: SessionOptions = { timeouts: { renewal: { after: '10m', grace: '30s' } } }

/** A session whose sid is due for renewal, and the cookie that it has. */
async function due(options: SessionOptions = {}): Promise<{ it: Rig; old: string }> {
  const it = rig({ ...renewal, ...options })
  await it.request(session => session.set('user', 'ada'))
  await it.clock.advance('10m')
  it.events.length = 0
  return { it, old: it.cookie! }
}

const withCookie = (it: Rig, cookie: string | undefined) => it.manager.open(facts(cookie))
const sidOf = (cookie: string): string => cookie.split('=')[1]!
const keyOf = async (cookie: string): Promise<string> => `sess:${await nativeLayout.keyOf(sidOf(cookie))}`

async function live(it: Rig, cookies: string[]): Promise<number> {
  let count = 0
  for (const cookie of cookies) if ((await it.manager.read(sidOf(cookie))) !== null) count += 1
  return count
}

describe('renewal', () => {
  it('gives a new sid at its age, once, and keeps the values', async () => {
    const { it, old } = await due()
    const headers = await it.request(session => session.get('user'))
    expect(headers['Set-Cookie']).toHaveLength(1)
    expect(it.cookie).not.toBe(old)
    expect(it.events.map(({ type }) => type)).toEqual(['renewed', 'committed'])
    it.events.length = 0
    expect(await get(it, 'user')).toBe('ada')
    await it.clock.advance('9m')
    expect(await it.request(session => session.get('user'))).toEqual({ Vary: ['Cookie'] })
    await it.clock.advance('1m')
    expect((await it.request(session => session.get('user')))['Set-Cookie']).toHaveLength(1)
  })

  it('leaves what does not look at the session alone, and a younger sid', async () => {
    const it = rig(renewal)
    await it.request(session => session.set('user', 'ada'))
    await it.clock.advance('9m')
    expect((await it.request(session => session.get('user')))['Set-Cookie']).toBeUndefined()
    await it.clock.advance('2m')
    expect(await it.request(() => {})).toEqual({})
  })

  it('counts from a regenerate', async () => {
    const { it } = await due()
    await it.request(session => session.regenerate())
    await it.clock.advance('9m')
    expect((await it.request(session => session.get('user')))['Set-Cookie']).toBeUndefined()
  })

  it('carries the changes of its own request', async () => {
    const { it } = await due()
    await it.request(session => session.set('cart', ['tea']))
    await it.request(session => expect({ ...session.data }).toEqual({ user: 'ada', cart: ['tea'] }))
  })

  it('lets the absolute deadline stand', async () => {
    const it = rig({ timeouts: { absolute: '15m', renewal: { after: '10m' } } })
    await it.request(session => session.set('user', 'ada'))
    await it.clock.advance('10m')
    await it.request(session => session.get('user'))
    await it.clock.advance('6m')
    expect(await get(it, 'user')).toBeUndefined()
  })

  it('waits for an answer that can carry the cookie', async () => {
    const { it, old } = await due()
    await it.request(session => session.get('user'), { status: 500 })
    expect(it.cookie).toBe(old)
    const session = await it.manager.read(sidOf(old))
    session!.set('a', 1)
    await session!.save()
    expect(session!.sessionId()).toBe(sidOf(old))
    await it.request(async session => {
      session.set('b', 1)
      await session.save()
      expect(session.sessionId()).toBe(sidOf(old))
    })
    expect(it.cookie).not.toBe(old)
  })
})

describe('the old sid', () => {
  it('works until the grace ends, on the same session, and sets no cookie', async () => {
    const { it, old } = await due({ cookie: { lifetime: 'rolling', keys: ['k'.repeat(32)] } })
    await it.request(session => session.get('user'))
    const fresh = it.cookie!
    expect(await get(it, 'user')).toBe('ada')
    await it.clock.advance('29s')
    const late = await withCookie(it, old)
    expect([late.session.status, late.session.get('user')]).toEqual(['live', 'ada'])
    late.session.set('late', 1)
    expect((await late.commit({ status: 200 })).append).toEqual([['Vary', 'Cookie']])
    expect([it.cookie, await get(it, 'late')]).toEqual([fresh, 1])
  })

  it('is not sent again when it was signed with an older key', async () => {
    const signed = { ...renewal, cookie: { keys: ['old-'.repeat(8)] } } as const
    const { it, old } = await due(signed)
    await it.request(session => session.get('user'))
    const rotated = rig({ ...signed, cookie: { keys: ['new-'.repeat(8), 'old-'.repeat(8)] } }, it)
    expect((await rotated.request(session => session.get('user')))['Set-Cookie']).toHaveLength(1)
    const late = await withCookie(rotated, old)
    expect(late.session.get('user')).toBe('ada')
    expect((await late.commit({ status: 200 })).append).toEqual([['Vary', 'Cookie']])
  })

  it('is retired when the grace has ended: empty, read-only, without a cookie', async () => {
    const { it, old } = await due()
    await it.request(session => session.get('user'))
    const fresh = it.cookie!
    await it.clock.advance('30s')
    const late = await withCookie(it, old)
    expect([late.session.status, late.session.get('user')]).toEqual(['retired', undefined])
    expect((await late.commit({ status: 200 })).append).toEqual([['Vary', 'Cookie']])
    expect(await live(it, [old, fresh])).toBe(1)
    expect(await it.manager.read(sidOf(old))).toBeNull()
    await it.clock.advance('4m')
    expect(await live(it, [old, fresh])).toBe(1)
  })

  it('of a request that was under way stores what it changed, beside changes under the new one', async () => {
    const { it, old } = await due()
    const slow = await withCookie(it, old)
    slow.session.set('slow', 1)
    slow.session.update('n', (n: number | undefined) => (n ?? 0) + 1)
    await it.request(session => session.update('n', n => (n ?? 0) + 1))
    await it.request(session => session.update('n', n => (n ?? 0) + 1))
    expect((await slow.commit({ status: 200 })).append).toEqual([['Vary', 'Cookie']])
    await it.request(session => expect({ ...session.data }).toEqual({ user: 'ada', slow: 1, n: 3 }))
    expect(await live(it, [old, it.cookie!])).toBe(2)
  })

  it('of a request that was under way for longer than the grace stores nothing, and says so', async () => {
    const { it, old } = await due()
    const slow = await withCookie(it, old)
    slow.session.set('slow', 1)
    await it.request(session => session.get('user'))
    await it.clock.advance('31s')
    await expect(slow.commit({ status: 200 })).rejects.toMatchObject({ code: 'ERR_SESSION_DESTROYED' })
    expect(await get(it, 'slow')).toBeUndefined()
  })

  it('of parallel requests is renewed once, in one process and in two', async () => {
    for (const processes of [1, 2]) {
      const { it, old } = await due()
      const other = processes === 1 ? it : rig(renewal, it)
      const opened = await Promise.all([it, other, it, other].map(({ manager }) => manager.open(facts(old))))
      opened.forEach(({ session }, i) => void session.set(`k${i}`, i))
      const patches = await Promise.all(opened.map(({ commit }) => commit({ status: 200 })))
      const cookies = patches.flatMap(({ append }) => append.filter(([name]) => name === 'Set-Cookie'))
      expect(cookies).toHaveLength(1)
      it.cookie = cookies[0]![1].split(';')[0]!
      await it.request(session => expect({ ...session.data }).toEqual({ user: 'ada', k0: 0, k1: 1, k2: 2, k3: 3 }))
      await it.clock.advance('31s')
      expect(await live(it, [old, it.cookie])).toBe(1)
    }
  })

  it('can log in: the regenerate retires the session under both', async () => {
    const { it, old } = await due()
    const slow = await withCookie(it, old)
    await it.request(session => session.get('user'))
    const fresh = it.cookie!
    slow.session.regenerate()
    const { append } = await slow.commit({ status: 200 })
    it.cookie = append[0]![1].split(';')[0]!
    expect(await get(it, 'user')).toBe('ada')
    for (const former of [old, fresh]) expect((await withCookie(it, former)).session.status).toBe('retired')
  })
})

describe('a logout', () => {
  it.each(['old', 'new'] as const)('with the %s sid ends the session under both', async which => {
    const { it, old } = await due()
    await it.request(session => session.get('user'))
    const fresh = it.cookie!
    const { session, commit } = await withCookie(it, which === 'old' ? old : fresh)
    await session.destroy()
    expect((await commit({ status: 200 })).append[0]![1]).toContain('Max-Age=0')
    expect(await live(it, [old, fresh])).toBe(0)
  })

  it('of a request that began before the renewal reaches the new sid', async () => {
    const { it, old } = await due()
    const slow = await withCookie(it, old)
    await it.request(session => session.set('a', 1))
    const fresh = it.cookie!
    await it.request(session => session.set('b', 1))
    await slow.session.destroy()
    expect(await live(it, [old, fresh])).toBe(0)
    await it.clock.advance('5m')
    expect(await live(it, [old, fresh])).toBe(0)
  })

  it('wins over a renewal that is under way, at whichever step it comes', async () => {
    for (const verb of ['create', 'replace'] as const) {
      const { it, old } = await due()
      const leaving = await withCookie(rig(renewal, it), old)
      const original = it.backend[verb]
      it.backend[verb] = (async (...args: never[]) => {
        it.backend[verb] = original as never
        await leaving.session.destroy()
        return (original as (...args: never[]) => unknown)(...args)
      }) as never
      const renewing = await withCookie(it, old)
      renewing.session.get('user')
      await expect(renewing.commit({ status: 200 })).rejects.toMatchObject({ code: 'ERR_SESSION_DESTROYED' })
      expect(await it.manager.read(sidOf(old))).toBeNull()
      const enumerable = it.backend as ReturnType<typeof memoryBackend>
      expect(await enumerable.count()).toBe(0)
    }
  })

  it('by Beego’s verb ends the session under both, and the others read it under both', async () => {
    // A provider reads the clock of the system.
    const clock = fakeClock(Date.now() - 11 * 60_000)
    const provider = createProvider(memoryBackend())
    const manager = createSessionManager({ provider, clock, timeouts: { renewal: { after: '10m', grace: '5m' } } })
    const visit = async (cookie?: string): Promise<string> => {
      const { session, commit } = await manager.open(facts(cookie))
      session.set('user', 'ada')
      return (await commit({ status: 200 })).append[0]![1].split(';')[0]!
    }
    const old = await visit()
    await clock.advance('10m')
    const fresh = await visit(old)
    for (const cookie of [old, fresh]) {
      expect(await provider.sessionExist(sidOf(cookie))).toBe(true)
      expect((await provider.sessionRead(sidOf(cookie))).get('user')).toBe('ada')
    }
    await provider.sessionDestroy(sidOf(old))
    for (const cookie of [old, fresh]) expect(await provider.sessionExist(sidOf(cookie))).toBe(false)
  })
})

describe('a session of a user', () => {
  const bound = async (options: SessionOptions = {}): Promise<{ it: Rig; old: string; fresh: string }> => {
    const it = rig({ ...renewal, ...options })
    await it.request(session => {
      session.set('user', 'ada')
      session.bind('u1', { label: 'Firefox' })
    })
    const old = it.cookie!
    await it.clock.advance('10m')
    await it.request(session => session.get('user'))
    return { it, old, fresh: it.cookie! }
  }

  it('is listed once after a renewal, under the id that both sids show', async () => {
    const { it, old, fresh } = await bound()
    const listed = await it.manager.sessionsOf('u1')
    expect(listed.map(({ label }) => label)).toEqual(['Firefox'])
    for (const cookie of [old, fresh]) expect((await withCookie(it, cookie)).session.id).toBe(listed[0]!.id)
  })

  it('counts once, and leaves room when it has ended', async () => {
    const { it, old } = await bound({ users: { maxSessions: 1, whenFull: 'reject' } })
    const login = (): Promise<unknown> => {
      const visitor = rig(renewal, it)
      visitor.cookie = undefined
      return rig({ ...renewal, users: { maxSessions: 1, whenFull: 'reject' } }, visitor).request(session =>
        session.bind('u1'),
      )
    }
    await expect(login()).rejects.toMatchObject({ code: 'ERR_SESSION_LIMIT' })
    await (await withCookie(it, old)).session.destroy()
    await login()
    expect(await it.manager.sessionsOf('u1')).toHaveLength(1)
  })

  it.each(['old', 'new'] as const)('is spared, and ended, by who comes with the %s sid', async which => {
    const { it, old, fresh } = await bound()
    const { session } = await withCookie(it, which === 'old' ? old : fresh)
    expect(await it.manager.destroyAllOf('u1', { except: session.id })).toBe(0)
    expect(await live(it, [old, fresh])).toBe(2)
    expect(await it.manager.destroyAllOf('u1')).toBe(1)
    expect(await live(it, [old, fresh])).toBe(0)
  })

  it('is ended by a device list that is older than the renewal', async () => {
    const it = rig(renewal)
    await it.request(session => session.bind('u1'))
    const [device] = await it.manager.sessionsOf('u1')
    const old = it.cookie!
    await it.clock.advance('10m')
    await it.request(session => session.get('user'))
    await device!.destroy()
    expect(await live(it, [old, it.cookie!])).toBe(0)
  })
})

describe('a sign that stands for a renewed sid', () => {
  it('holds no values, and is as secret as they are', async () => {
    const clock = rig().clock
    const backend = memoryBackend({ clock })
    const provider = createProvider(backend, { codec: encrypted(richJson(), { keys: ['k'.repeat(32)] }) })
    const manager = createSessionManager({ provider, clock, ...renewal } as never)
    const first = await manager.open(facts())
    first.session.set('user', 'canary')
    const old = (await first.commit({ status: 200 })).append[0]![1].split(';')[0]!
    await clock.advance('10m')
    const slow = await manager.open(facts(old))
    const second = await manager.open(facts(old))
    second.session.get('user')
    await second.commit({ status: 200 })
    const record = await backend.read(await keyOf(old))
    const text = new TextDecoder().decode((record as { body: Uint8Array }).body)
    expect(text).not.toMatch(/canary|movedTo/)
    slow.session.set('slow', 1)
    await slow.commit({ status: 200 })
    expect((await manager.read(sidOf(old)))!.get('slow')).toBe(1)
  })

  it('is met by those that waited for it in the same process, each under its own key', async () => {
    const clock = rig().clock
    const provider = createProvider(memoryBackend({ clock }), {
      codec: encrypted(richJson(), { keys: ['k'.repeat(32)] }),
    })
    const manager = createSessionManager<Values>({ provider, clock, ...renewal } as never)
    const first = await manager.open(facts())
    first.session.set('user', 'ada')
    const old = (await first.commit({ status: 200 })).append[0]![1].split(';')[0]!
    await clock.advance('10m')
    const opened = await Promise.all([1, 2, 3].map(() => manager.open(facts(old))))
    opened.forEach(({ session }, i) => void session.set(`k${i}`, i))
    await Promise.all(opened.map(({ commit }) => commit({ status: 200 })))
    expect({ ...(await manager.read(sidOf(old)))!.data }).toEqual({ user: 'ada', k0: 0, k1: 1, k2: 2 })

    const both = await Promise.all([1, 2].map(() => manager.open(facts(old))))
    for (const { session } of both) session.regenerate()
    const results = await Promise.allSettled(both.map(({ commit }) => commit({ status: 200 })))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect(results[1]).toMatchObject({ reason: { code: 'ERR_SESSION_DESTROYED' } })
  })
})

describe('Beego’s way', () => {
  it('renews with sessionRelease, once, and puts the cookie on the response', async () => {
    const { it, old } = await due()
    const visit = exchange({ cookie: old })
    const session = await it.manager.sessionStart(visit)
    session.set('cart', ['tea'])
    await session.sessionRelease()
    await session.sessionRelease()
    expect(visit.cookies).toHaveLength(1)
    it.cookie = cookieOf(visit)
    expect(it.cookie).not.toBe(old)
    expect(await get(it, 'cart')).toEqual(['tea'])
  })
})

describe('the option', () => {
  it.each([
    [{ after: '30s' }, 'ERR_CONFIG_OPTION', 'timeouts.renewal.grace'],
    [{ grace: '30s' }, 'ERR_CONFIG_DURATION', 'timeouts.renewal.after'],
    [{ after: '10m', every: 1 }, 'ERR_CONFIG_OPTION', 'timeouts.renewal.every'],
  ])('renewal: %j is refused', (wrong, code, field) => {
    expect(() => createSessionManager({ timeouts: { renewal: wrong as never } })).toThrow(
      expect.objectContaining({ code, field }),
    )
  })
})
