import { describe, expect, it } from 'vitest'
import { facts, get, type Rig, rig, type Values } from '../test/support/session-rig.ts'
import { createSessionManager } from './index.ts'

describe('a session', () => {
  it('keeps what was set from one request to the next', async () => {
    const it = rig()
    const headers = await it.request(session => session.set('cart', ['tea']))
    expect(headers['Set-Cookie']?.[0]).toMatch(/^__Host-sid=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    expect(headers.Vary).toEqual(['Cookie'])
    expect(headers['Cache-Control']).toEqual(['no-store'])
    expect(await get(it, 'cart')).toEqual(['tea'])
  })

  it('stores nothing and sets no cookie while nothing is set', async () => {
    const it = rig()
    expect(await it.request(() => {})).toEqual({})
    expect(await it.request(session => session.get('x'))).toEqual({ Vary: ['Cookie'] })
    expect(await it.request(session => session.flush())).toEqual({ Vary: ['Cookie'] })
  })

  it('leaves a stricter Cache-Control alone', async () => {
    const headers = await rig().request(session => session.set('a', 1), { cacheControl: 'private, no-store' })
    expect(headers['Cache-Control']).toBeUndefined()
    const weaker = await rig().request(session => session.set('a', 1), { cacheControl: 'public, max-age=60' })
    expect(weaker['Cache-Control']).toEqual(['no-store'])
  })

  it('notices a change in place, through get and through data', async () => {
    const it = rig()
    await it.request(session => session.set('cart', { items: ['tea'] }))
    await it.request(session => session.get('cart').items.push('milk'))
    await it.request(session => {
      session.data.cart.items.push('jam')
      session.data.views = 1
    })
    await it.request(session => session.data.views++)
    expect(await get(it, 'cart')).toEqual({ items: ['tea', 'milk', 'jam'] })
    expect(await get(it, 'views')).toBe(2)
  })

  it('keeps what is no JSON beside a change of something else, in the next request and after a save', async () => {
    const it = rig()
    await it.request(session => {
      session.set('at', new Date(7))
      session.set('n', 1)
    })
    await it.request(session => session.update('n', n => n + 1))
    await it.request(async session => {
      session.set('big', 7n)
      await session.save()
      session.update('n', n => n + 1)
    })
    await it.request(session => session.get('at').setTime(8))
    expect([await get(it, 'at'), await get(it, 'big'), await get(it, 'n')]).toEqual([new Date(8), 7n, 3])
  })

  it('writes nothing when a value was only looked at', async () => {
    const it = rig()
    await it.request(session => session.set('cart', { items: ['tea'] }))
    it.events.length = 0
    await it.request(session => session.get('cart').items.length)
    expect(it.events).toEqual([])
  })

  it('gives a view that is like an object', async () => {
    await rig().request(session => {
      session.set('a', 1)
      session.data.b = { c: 2 }
      expect({ ...session.data }).toEqual({ a: 1, b: { c: 2 } })
      expect(JSON.stringify(session.data)).toBe('{"a":1,"b":{"c":2}}')
      expect(['a' in session.data, 'toString' in session.data]).toEqual([true, false])
      delete session.data.a
      expect(session.keys()).toEqual(['b'])
      expect([session.has('b'), session.has('constructor'), session.get('__proto__')]).toEqual([true, false, undefined])
    })
  })

  it('never shows its sid', async () => {
    const it = rig()
    await it.request(session => session.set('a', 1))
    await it.request(session => {
      const sid = session.sessionId()
      expect(it.cookie).toContain(sid)
      expect(session.id).toMatch(/^[\w-]{16}$/)
      for (const shown of [session.id, JSON.stringify(session), String(session)]) expect(shown).not.toContain(sid)
    })
    expect(JSON.stringify(it.events)).not.toContain(it.cookie!.split('=')[1])
  })

  it('refuses on the line what it cannot keep', async () => {
    await rig().request(session => {
      expect(() => session.set('f', () => 1)).toThrow(
        expect.objectContaining({ code: 'ERR_SESSION_VALUE', field: 'f' }),
      )
      expect(() => session.set('~x', 1)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_VALUE' }))
      expect(session.keys()).toEqual([])
    })
  })

  it('reads a flash value once, and not after a regenerate', async () => {
    const it = rig()
    await it.request(session => {
      session.flash('notice', 'saved')
      session.flash('other', 'lost')
      expect(session.keys()).toEqual([])
    })
    await it.request(session => expect([session.flash('notice'), session.get('notice')]).toEqual(['saved', undefined]))
    await it.request(session => {
      expect(session.flash('notice')).toBeUndefined()
      session.regenerate()
    })
    await it.request(session => expect(session.flash('other')).toBeUndefined())
  })

  it('is told when its size is beyond the limit, and keeps what was stored', async () => {
    const it = rig()
    await it.request(session => session.set('a', 1))
    await expect(it.request(session => session.set('b', 'x'.repeat(70_000)))).rejects.toMatchObject({
      code: 'ERR_SESSION_TOO_LARGE',
    })
    expect([await get(it, 'a'), await get(it, 'b')]).toEqual([1, undefined])
  })
})

describe('save', () => {
  it('stores at once, and the cookie leaves with the response, whatever its status', async () => {
    const it = rig()
    const headers = await it.request(
      async session => {
        session.set('a', 1)
        await session.save()
        expect([session.isNew, session.expiresAt]).toEqual([false, 1_000_000 + 1_800_000])
      },
      { status: 500 },
    )
    expect(headers['Set-Cookie']).toHaveLength(1)
    expect(await get(it, 'a')).toBe(1)
  })

  it('keeps what was changed while it ran', async () => {
    const it = rig()
    await it.request(session => session.set('a', { n: 1 }))
    await it.request(async session => {
      session.data.a.n = 2
      const saving = session.save()
      session.data.a.n = 3
      session.set('b', 1)
      await saving
      session.data.a.n = 4
    })
    expect([await get(it, 'a'), await get(it, 'b')]).toEqual([{ n: 4 }, 1])
  })

  it('refuses a new sid when the head has left', async () => {
    const it = rig()
    let late: { set(key: string, value: unknown): void; save(): Promise<void> } | undefined
    await it.request(session => {
      late = session
    })
    late!.set('a', 1)
    await expect(late!.save()).rejects.toMatchObject({ code: 'ERR_SESSION_READ_ONLY' })
    expect(it.events).toContainEqual(expect.objectContaining({ type: 'changed-late' }))
  })
})

describe('update', () => {
  it('adds up over parallel requests, also of functions that change their argument', async () => {
    const it = rig()
    await it.request(session => {
      session.set('n', 0)
      session.set('cart', [])
    })
    const requests = Array.from({ length: 50 }, (_, i) => i)
    const opened = await Promise.all(requests.map(() => it.manager.open(facts(it.cookie))))
    await Promise.all(
      opened.map(({ session, commit }, i) => {
        session.update('n', n => n + 1)
        session.update('cart', cart => {
          cart.push(i)
          return cart
        })
        return commit({ status: 200 })
      }),
    )
    expect(await get(it, 'n')).toBe(50)
    expect(((await get(it, 'cart')) as number[]).sort((a, b) => a - b)).toEqual(requests)
  })
})

describe('parallel requests', () => {
  const both = async (
    it: Rig,
    first: (s: Values) => unknown,
    second: (s: Values) => unknown,
  ): Promise<PromiseSettledResult<unknown>[]> => {
    const opened = await Promise.all([it.manager.open(facts(it.cookie)), it.manager.open(facts(it.cookie))])
    await first(opened[0].session)
    await second(opened[1].session)
    return Promise.allSettled(opened.map(({ commit }) => commit({ status: 200 })))
  }

  it('never undo one another', async () => {
    const it = rig()
    await it.request(session => session.set('base', 1))
    await both(
      it,
      s => s.set('a', 1),
      s => s.delete('base'),
    )
    await it.request(session => expect({ ...session.data }).toEqual({ a: 1 }))
  })

  it('cannot bring back a destroyed session, and are told', async () => {
    const it = rig()
    await it.request(session => session.set('user', 'ada'))
    const [writes] = await both(
      it,
      s => s.set('late', 1),
      s => s.destroy(),
    )
    expect(writes).toMatchObject({ status: 'rejected', reason: { code: 'ERR_SESSION_DESTROYED', status: 409 } })
    await it.request(session => expect([session.isNew, session.get('user')]).toEqual([true, undefined]))
  })

  it('with one too large a change fail it alone', async () => {
    const it = rig()
    await it.request(session => session.set('a', 1))
    const opened = await Promise.all([1, 2, 3].map(() => it.manager.open(facts(it.cookie))))
    opened[0]!.session.set('first', 1)
    opened[1]!.session.set('big', 'x'.repeat(70_000))
    opened[2]!.session.set('third', 1)
    const results = await Promise.allSettled(opened.map(({ commit }) => commit({ status: 200 })))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    await it.request(session => expect({ ...session.data }).toEqual({ a: 1, first: 1, third: 1 }))
  })

  it('of two regenerates one wins', async () => {
    const it = rig()
    await it.request(session => session.set('a', 1))
    const results = await both(
      it,
      s => s.regenerate(),
      s => s.regenerate(),
    )
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })
})

describe('regenerate', () => {
  it('gives a new sid, keeps the data and retires the old sid', async () => {
    const it = rig()
    await it.request(session => session.set('cart', ['tea']))
    const old = it.cookie
    const headers = await it.request(session => {
      session.regenerate()
      session.set('user', 'ada')
    })
    expect(it.cookie).not.toBe(old)
    expect(headers['Set-Cookie']).toHaveLength(1)
    await it.request(session => expect({ ...session.data }).toEqual({ cart: ['tea'], user: 'ada' }))
    const { session, commit } = await it.manager.open(facts(old))
    expect([session.status, session.get('cart')]).toEqual(['retired', undefined])
    expect(() => session.set('a', 1)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_READ_ONLY' }))
    expect((await commit({ status: 200 })).append).toEqual([['Vary', 'Cookie']])
  })

  it('keeps only what it is told to, also of what others wrote meanwhile', async () => {
    const it = rig()
    await it.request(session => {
      session.set('cart', 1)
      session.set('planted', 1)
    })
    const slow = await it.manager.open(facts(it.cookie))
    slow.session.regenerate({ keep: ['cart', 'more'] })
    slow.session.set('user', 'ada')
    await it.request(session => {
      session.set('more', 1)
      session.set('alsoPlanted', 1)
    })
    const patch = await slow.commit({ status: 200 })
    it.cookie = patch.append[0]![1].split(';')[0]
    await it.request(session => expect({ ...session.data }).toEqual({ cart: 1, more: 1, user: 'ada' }))
  })

  it('has not happened at 500', async () => {
    const it = rig()
    await it.request(session => session.set('a', 1))
    const old = it.cookie
    await it.request(session => session.regenerate(), { status: 500 })
    expect(it.cookie).toBe(old)
    expect(await get(it, 'a')).toBe(1)
  })
})

describe('destroy', () => {
  it('ends the session and clears the cookie with the same attributes', async () => {
    const it = rig()
    await it.request(session => session.set('a', 1))
    const old = it.cookie
    const headers = await it.request(session => session.destroy())
    expect(headers['Set-Cookie']).toEqual([
      '__Host-sid=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; HttpOnly; Secure; SameSite=Lax',
    ])
    it.cookie = old
    await it.request(session => expect([session.isNew, session.get('a')]).toEqual([true, undefined]))
  })

  it('is terminal, and idempotent', async () => {
    await rig().request(async session => {
      await session.destroy()
      await session.destroy()
      expect(session.status).toBe('destroyed')
      for (const use of [
        () => session.get('a'),
        () => session.set('a', 1),
        () => session.regenerate(),
        () => session.sessionId(),
      ]) {
        expect(use).toThrow(expect.objectContaining({ code: 'ERR_SESSION_DESTROYED' }))
      }
    })
  })
})

describe('lifetimes', () => {
  it('end a session that is idle, and keep one that is used', async () => {
    const it = rig()
    await it.request(session => session.set('a', 1))
    for (let i = 0; i < 5; i++) {
      await it.clock.advance('20m')
      expect(await get(it, 'a')).toBe(1)
    }
    await it.clock.advance('31m')
    expect(await get(it, 'a')).toBeUndefined()
  })

  it('touch rarely', async () => {
    const it = rig()
    await it.request(session => session.set('a', 1))
    it.events.length = 0
    for (let i = 0; i < 12; i++) {
      await it.clock.advance('1m')
      await get(it, 'a')
    }
    expect(it.events.filter(({ type }) => type === 'touched')).toHaveLength(4)
  })

  it('end at the absolute deadline, whatever the activity, writes and regenerates', async () => {
    const it = rig({ timeouts: { absolute: '2h' } })
    await it.request(session => session.set('a', 1))
    for (let i = 1; i < 6; i++) {
      await it.clock.advance('20m')
      await it.request(session => {
        session.set('a', i)
        session.regenerate()
      })
    }
    await it.clock.advance('19m')
    expect(await get(it, 'a')).toBe(5)
    await it.clock.advance('2m')
    expect(await get(it, 'a')).toBeUndefined()
  })

  it('that an older policy stored longer are cut by the record', async () => {
    const it = rig({ timeouts: { absolute: 'none' } })
    await it.request(session => session.set('a', 1))
    const strict = createSessionManager<Values>({
      provider: it.manager.getProvider(),
      clock: it.clock,
      timeouts: { absolute: '10m' },
    })
    await it.clock.advance('11m')
    expect((await strict.open(facts(it.cookie))).session.isNew).toBe(true)
  })
})

describe('the lifetime of the cookie', () => {
  const maxAges = async (it: Rig, handler: (session: Values) => unknown): Promise<number[]> => {
    const headers = await it.request(handler)
    return (headers['Set-Cookie'] ?? []).map(cookie => Number(/Max-Age=(\d+)/.exec(cookie)?.[1]))
  }

  it('is never longer than that of the session', async () => {
    const it = rig({ timeouts: { absolute: '2h' }, cookie: { lifetime: '7d' } })
    expect(await maxAges(it, session => session.set('a', 1))).toEqual([7_200])
    await it.clock.advance('20m')
    expect(await maxAges(it, session => session.regenerate())).toEqual([6_000])
    const unlimited = rig({ timeouts: { absolute: 'none' }, cookie: { lifetime: '7d' } })
    expect(await maxAges(unlimited, session => session.set('a', 1))).toEqual([604_800])
  })

  it("follows the idle deadline with 'rolling', also when a save moved it, up to the absolute one", async () => {
    const it = rig({ timeouts: { absolute: '1h' }, cookie: { lifetime: 'rolling' } })
    expect(await maxAges(it, session => session.set('a', 1))).toEqual([1_800])
    await it.clock.advance('20m')
    const saves = async (session: Values): Promise<void> => {
      session.set('a', 2)
      await session.save()
    }
    expect(await maxAges(it, saves)).toEqual([1_800])
    await it.clock.advance('20m')
    expect(await maxAges(it, () => {})).toEqual([1_200])
    expect(await maxAges(it, () => {})).toEqual([])
  })
})

describe('a cookie', () => {
  it.each([
    ['of an unknown sid', `__Host-sid=${'a'.repeat(43)}`, 'unknown'],
    ['that is malformed', '__Host-sid=a*b', 'malformed'],
    ['with a line break', '__Host-sid=a\nb', 'malformed'],
    ['that is empty', '__Host-sid=', 'malformed'],
    ['that comes twice', `__Host-sid=${'a'.repeat(43)}; __Host-sid=${'b'.repeat(43)}`, 'duplicate'],
    ['of a megabyte', `__Host-sid=${'a'.repeat(1_000_000)}`, 'malformed'],
  ])('%s is never adopted, and is reported', async (_, cookie, reason) => {
    const it = rig()
    it.cookie = cookie
    await it.request(session => {
      expect(session.isNew).toBe(true)
      session.set('a', 1)
    })
    expect(it.events).toContainEqual(expect.objectContaining({ type: 'rejected', reason }))
    expect(it.cookie).not.toBe(cookie)
    expect(it.cookie).toMatch(/^__Host-sid=[\w-]{43}$/)
  })

  it('that is signed never reaches the backend when it is forged', async () => {
    const keys = ['k'.repeat(32)] as const
    const it = rig({ cookie: { keys } })
    await it.request(session => session.set('a', 1))
    expect(await get(it, 'a')).toBe(1)
    const signed = it.cookie!
    let reads = 0
    const read = it.backend.read
    it.backend.read = (...args) => {
      reads += 1
      return read(...args)
    }
    for (const forged of [
      signed.slice(0, -1),
      signed.replace(/\..*/, ''),
      `__Host-sid=${'a'.repeat(43)}.${'a'.repeat(43)}`,
    ]) {
      it.cookie = forged
      expect(await get(it, 'a')).toBeUndefined()
    }
    expect(reads).toBe(0)
  })

  it('signed with an older key is sent again with the newer one', async () => {
    const it = rig({ cookie: { keys: ['old-'.repeat(8)] } })
    await it.request(session => session.set('a', 1))
    const rotated = createSessionManager<Values>({
      provider: it.manager.getProvider(),
      clock: it.clock,
      cookie: { keys: ['new-'.repeat(8), 'old-'.repeat(8)] },
    })
    const { session, commit } = await rotated.open(facts(it.cookie))
    expect(session.get('a')).toBe(1)
    expect((await commit({ status: 200 })).append[0]![1]).not.toContain(it.cookie)
  })

  it('is not set over plain http, but to a loopback host', async () => {
    const { manager } = rig()
    for (const host of ['localhost:3000', '127.0.0.1', '[::1]:80', 'app.localhost']) {
      const { session, commit } = await manager.open(facts(undefined, { secure: false, host }))
      session.set('a', 1)
      expect((await commit({ status: 200 })).append).toHaveLength(2)
    }
    for (const host of ['example.com', 'localhost.example.com', '10.0.0.1', '']) {
      const { session, commit } = await manager.open(facts(undefined, { secure: false, host }))
      session.set('a', 1)
      await expect(commit({ status: 200 })).rejects.toMatchObject({
        code: 'ERR_CONFIG_INSECURE',
        field: 'cookie.secure',
      })
    }
  })
})

describe('when the store cannot be asked', () => {
  const down = (it: Rig): void => {
    it.backend.read = () =>
      Promise.reject(
        Object.assign(new Error('down'), { name: 'SessionError', code: 'ERR_BACKEND_UNAVAILABLE', status: 503 }),
      )
  }

  it('a request fails, and is never given a new session', async () => {
    const it = rig()
    await it.request(session => session.set('a', 1))
    down(it)
    await expect(it.request(() => {})).rejects.toMatchObject({ code: 'ERR_BACKEND_UNAVAILABLE', status: 503 })
  })

  it("or goes on read-only with onUnavailable: 'anonymous', its cookie untouched", async () => {
    const it = rig({ failure: { onUnavailable: request => (request.url === '/' ? 'anonymous' : 'fail') } })
    await it.request(session => session.set('a', 1))
    down(it)
    const headers = await it.request(session => {
      expect([session.status, session.get('a')]).toEqual(['degraded', undefined])
      expect(() => session.set('a', 2)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_READ_ONLY' }))
    })
    expect(headers).toEqual({ Vary: ['Cookie'] })
  })
})

describe('a stored record that cannot be read', () => {
  const spoil = async (it: Rig): Promise<void> => {
    await it.request(session => session.set('a', 1))
    const read = it.backend.read
    it.backend.read = async (...args) => {
      const record = await read(...args)
      return record === null || record === 'retired'
        ? record
        : { ...record, body: '{"__proto__":{"admin":true},"x":{"$date":"no"}}' }
    }
  }

  it('is an error by default', async () => {
    const it = rig()
    await spoil(it)
    await expect(it.request(() => {})).rejects.toMatchObject({ code: 'ERR_RECORD_MALFORMED', status: 500 })
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })

  it("is left alone with onMalformed: 'new', and the visitor gets a fresh sid", async () => {
    const it = rig({ failure: { onMalformed: 'new' } })
    await spoil(it)
    const old = it.cookie
    await it.request(session => session.set('b', 1))
    expect(it.cookie).not.toBe(old)
    expect(it.events).toContainEqual(expect.objectContaining({ type: 'rejected', reason: 'record' }))
  })
})

describe('lazy loading', () => {
  it('asks nothing until load, and says so', async () => {
    const it = rig({ load: 'lazy' })
    await it.request(async session => {
      await session.load()
      session.set('a', 1)
    })
    it.events.length = 0
    await it.request(session => {
      expect(() => session.get('a')).toThrow(expect.objectContaining({ code: 'ERR_SESSION_NOT_LOADED' }))
    })
    await it.request(async session => expect((await session.load()).get('a')).toBe(1))
  })
})

describe('options', () => {
  it.each<[string, object, string, string]>([
    ['unknown', { cookies: {} }, 'ERR_CONFIG_OPTION', 'cookies'],
    ['unknown inside', { timeouts: { idel: '1m' } }, 'ERR_CONFIG_OPTION', 'timeouts.idel'],
    ['maxAge', { cookie: { maxAge: 1000 } }, 'ERR_CONFIG_OPTION', 'cookie.maxAge'],
    ['a duration without sense', { timeouts: { idle: 'soon' } }, 'ERR_CONFIG_DURATION', 'timeouts.idle'],
    ['a wrong choice', { onConflict: 'ours' }, 'ERR_CONFIG_OPTION', 'onConflict'],
    ['a foreign provider', { provider: {} }, 'ERR_CONFIG_OPTION', 'provider'],
  ])('that are wrong throw at construction: %s', (_, options, code, field) => {
    expect(() => createSessionManager(options as never)).toThrow(expect.objectContaining({ code, field }))
  })
})

describe('verify', () => {
  it('asks the store, and says nothing while the session lives, or where nothing is stored', async () => {
    const it = rig()
    await it.request(async session => {
      await session.verify()
      session.set('a', 1)
      await session.verify()
    })
    let reads = 0
    const { read } = it.backend
    it.backend.read = (...args) => {
      reads += 1
      return read(...args)
    }
    await it.request(session => session.verify())
    expect(reads).toBe(2)
  })

  it.each([
    ['destroyed', (it: Rig) => it.request(session => session.destroy())],
    ['destroyed', (it: Rig) => it.clock.advance('31m')],
    ['retired', (it: Rig) => it.request(session => session.regenerate())],
  ] as const)('says that it is %s, and from then on no value is shown', async (status, end) => {
    const it = rig()
    await it.request(session => session.set('user', 'ada'))
    const slow = await it.manager.open(facts(it.cookie))
    expect(slow.session.get('user')).toBe('ada')
    await end(it)
    await expect(slow.session.verify()).rejects.toMatchObject({ code: 'ERR_SESSION_DESTROYED', status: 409 })
    expect(slow.session.status).toBe(status)
    expect(() => slow.session.set('a', 1)).toThrow(expect.objectContaining({ status: 409 }))
    if (status === 'retired') expect(slow.session.get('user')).toBeUndefined()
    else expect(() => slow.session.get('user')).toThrow(expect.objectContaining({ code: 'ERR_SESSION_DESTROYED' }))
    await expect(slow.session.verify()).rejects.toMatchObject({ code: 'ERR_SESSION_DESTROYED' })
    // Somebody else may have given the browser a newer cookie since.
    expect((await slow.commit({ status: 200 })).append).toEqual([['Vary', 'Cookie']])
  })

  it('never takes a store that cannot be asked for a session that ended', async () => {
    const it = rig({ failure: { onUnavailable: 'anonymous' } })
    await it.request(session => session.set('user', 'ada'))
    const slow = await it.manager.open(facts(it.cookie))
    it.backend.read = () =>
      Promise.reject(
        Object.assign(new Error('down'), { name: 'SessionError', code: 'ERR_BACKEND_UNAVAILABLE', status: 503 }),
      )
    await expect(slow.session.verify()).rejects.toMatchObject({ code: 'ERR_BACKEND_UNAVAILABLE' })
    expect(slow.session.get('user')).toBe('ada')
    const { session } = await it.manager.open(facts(it.cookie))
    expect(session.status).toBe('degraded')
    await expect(session.verify()).rejects.toMatchObject({ code: 'ERR_BACKEND_UNAVAILABLE', status: 503 })
  })

  it('needs load first where loading is lazy', async () => {
    const it = rig({ load: 'lazy' })
    it.cookie = `__Host-sid=${'a'.repeat(43)}`
    await it.request(session => expect(session.verify()).rejects.toMatchObject({ code: 'ERR_SESSION_NOT_LOADED' }))
  })
})

describe('outside a request', () => {
  it('a session is read by its sid, changed and saved', async () => {
    const it = rig()
    await it.request(session => session.set('a', 1))
    const sid = it.cookie!.split('=')[1]!
    const session = await it.manager.read(sid)
    session!.set('b', 2)
    await session!.save()
    expect(await get(it, 'b')).toBe(2)
    expect([await it.manager.read('nonsense'), await it.manager.read('a'.repeat(43))]).toEqual([null, null])
  })

  it('a session that is saved now and then lives on, without a change too', async () => {
    const it = rig()
    await it.request(session => session.set('a', 1))
    const session = (await it.manager.read(it.cookie!.split('=')[1]!))!
    for (let i = 0; i < 4; i++) {
      await it.clock.advance('20m')
      await session.save()
    }
    expect([await get(it, 'a'), session.expiresAt]).toEqual([1, it.clock.now() + 1_800_000])
  })

  it('each step may wait for the store as long as a request may', async () => {
    const it = rig()
    await it.request(session => session.set('a', 1))
    const left: number[] = []
    const { replace } = it.backend
    it.backend.replace = (key, base, fields, call) => {
      left.push(call!.budget!.leftMs)
      call!.budget!.leftMs -= 10_000
      return replace(key, base, fields, call)
    }
    const session = (await it.manager.read(it.cookie!.split('=')[1]!))!
    for (let i = 0; i < 5; i++) {
      session.set('n', i)
      await session.save()
    }
    expect(left.map(ms => Math.round(ms / 100))).toEqual([150, 150, 150, 150, 150])
  })

  it('a session that ended meanwhile is not stored, and verify tells', async () => {
    const it = rig()
    await it.request(session => session.set('a', 1))
    const session = (await it.manager.read(it.cookie!.split('=')[1]!))!
    await it.request(other => other.destroy())
    session.set('b', 1)
    await expect(session.save()).rejects.toMatchObject({ code: 'ERR_SESSION_DESTROYED' })
    await expect(session.verify()).rejects.toMatchObject({ code: 'ERR_SESSION_DESTROYED' })
  })
})

describe('an observer that throws', () => {
  it('never breaks a request', async () => {
    const it = rig({
      onEvent() {
        throw new Error('observer')
      },
    })
    const { error } = console
    const said: unknown[] = []
    console.error = (...args) => void said.push(args)
    try {
      await it.request(session => session.set('a', 1))
      await Promise.resolve()
    } finally {
      console.error = error
    }
    expect(said).toHaveLength(1)
  })
})
