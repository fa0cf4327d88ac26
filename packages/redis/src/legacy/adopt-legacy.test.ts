/** Requests with one old cookie at the same time, in random order, and some of them die on the way: it is taken over once. */
import { createHmac } from 'node:crypto'
import {
  type Backend,
  type Clock,
  can,
  createProvider,
  createSessionManager,
  memoryBackend,
  type RequestFacts,
} from '@sentinel-session/core'
import { systemClock } from '@sentinel-session/core/internal'
import { describe, expect, it } from 'vitest'
import { adoptLegacy } from './adopt-legacy.ts'
import { connectRedis } from './connect-redis.ts'
import { koaSession } from './koa-session.ts'
import type { LegacyClient } from './legacy-source.ts'

const SECRET = 'the secret of before'
const VERBS = new Set(['create', 'read', 'replace', 'end', 'get', 'del'])
const IN_AN_HOUR = new Date(Date.now() + 3_600_000)

/** Which call goes next is chance; one that is dead goes no further. */
class Turns {
  readonly #waiting: { who: string; go: () => void }[] = []
  readonly dead = new Set<string>()

  /** The same object, each call of which waits for its turn. */
  of<X extends object>(who: string, target: X): X {
    return new Proxy(target, {
      get: (object, name) => {
        const member: unknown = Reflect.get(object, name)
        if (typeof member !== 'function' || !VERBS.has(name as string)) return member
        return async (...args: unknown[]) => {
          await new Promise<void>(go => this.#waiting.push({ who, go }))
          return member.apply(object, args)
        }
      },
    })
  }

  async run(random: () => number, work: Record<string, Promise<unknown>>, mayDie: boolean): Promise<void> {
    const open = new Set(Object.keys(work))
    for (const [who, each] of Object.entries(work)) {
      const close = (): void => void open.delete(who)
      each.then(close, close)
    }
    for (;;) {
      // All that can go on without a turn has done so.
      await new Promise(resolve => setImmediate(resolve))
      const ready = this.#waiting.filter(({ who }) => !this.dead.has(who))
      if (ready.length === 0) return
      const next = ready[Math.floor(random() * ready.length)]!
      if (mayDie && random() < 0.05) this.dead.add(next.who)
      else {
        this.#waiting.splice(this.#waiting.indexOf(next), 1)
        next.go()
      }
    }
  }
}

function randomOf(seed: number): () => number {
  let state = seed + 1
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

const facts = (cookie: string): RequestFacts => ({
  secure: true,
  host: 'localhost',
  url: '/',
  header: name => (name === 'cookie' ? cookie : undefined),
})

const cookieFor = (sid: string, secret = SECRET): string =>
  `connect.sid=${encodeURIComponent(`s:${sid}.${createHmac('sha256', secret).update(sid).digest('base64').replace(/=+$/, '')}`)}`

class OldStore implements LegacyClient {
  readonly rows = new Map<string, string>()
  asked = 0

  async get(key: string): Promise<string | null> {
    this.asked++
    return this.rows.get(key) ?? null
  }

  async del(key: string): Promise<number> {
    return this.rows.delete(key) ? 1 : 0
  }

  login(sid: string, values: object = { user: 'ada' }): void {
    this.rows.set(`sess:${sid}`, JSON.stringify({ cookie: { expires: null }, ...values }))
  }
}

function oldSession(
  backend: Backend,
  client: LegacyClient,
  cookie: string,
  { clock = systemClock, ...more }: Partial<Parameters<typeof adoptLegacy>[0]> & { clock?: Clock } = {},
) {
  const adopt = adoptLegacy({ from: connectRedis({ client, secret: [SECRET] }), until: IN_AN_HOUR, ...more })
  const place = { provider: createProvider(backend), clock, idleMs: 3_600_000, call: {} }
  return adopt(facts(cookie), place)
}

async function keysOf(backend: Backend): Promise<string[]> {
  const keys: string[] = []
  if (can(backend, 'enumerable')) for await (const key of backend.scan('sess:')) keys.push(key)
  return keys
}

describe('requests with one old cookie', () => {
  it.each([false, true])('get one session, in any order (some die on the way: %s)', async mayDie => {
    for (let seed = 0; seed < 400; seed++) {
      const [backend, store, turns] = [memoryBackend(), new OldStore(), new Turns()]
      store.login('old')
      const begin = (who: string) => oldSession(turns.of(who, backend), turns.of(who, store), cookieFor('old'))!
      const names = ['a', 'b', 'c']
      const work = Object.fromEntries(names.map(who => [who, begin(who).take()]))
      await turns.run(randomOf(seed), work, mayDie)
      const sids = await Promise.all(names.filter(who => !turns.dead.has(who)).map(who => work[who]!))
      if (sids.length > 0) {
        expect(new Set(sids).size, `seed ${seed}`).toBe(1)
        expect(sids[0], `seed ${seed}`).toMatch(/^[\w-]{43}$/)
        expect(store.rows.size, `seed ${seed}`).toBe(0)
      }
      // Whoever comes back in time has it too, also when nobody got an answer.
      const sid = await oldSession(backend, store, cookieFor('old'))!.take()
      const read = await createProvider(backend).sessionRead(sid!)
      expect([read.sessionId(), read.get('user')], `seed ${seed}`).toEqual([sid, 'ada'])
      expect(sids.every(each => each === sid) && store.rows.size === 0, `seed ${seed}`).toBe(true)
      expect(await keysOf(backend), `seed ${seed}`).toHaveLength(1)
    }
  })

  it('get no two sessions, however long one of them stood still', async () => {
    for (let seed = 0; seed < 400; seed++) {
      const clock = { ...systemClock, now: () => systemClock.now() + late }
      let late = 0
      const [backend, store, turns] = [memoryBackend({ clock }), new OldStore(), new Turns()]
      store.login('old')
      const begin = (who: string) =>
        oldSession(turns.of(who, backend), turns.of(who, store), cookieFor('old'), { clock })!
      const jump = turns.of('time', {
        get: () => {
          late = 61_000
        },
      })
      const work = { a: begin('a').take(), b: begin('b').take(), c: begin('c').take() }
      await turns.run(randomOf(seed), { ...work, time: Promise.resolve(jump.get()) }, false)
      const sids = (await Promise.all(Object.values(work))).filter(sid => sid !== null)
      expect(new Set(sids).size, `seed ${seed}`).toBe(1)
      expect([await keysOf(backend), store.rows.size], `seed ${seed}`).toEqual([[expect.anything()], 0])
    }
  })

  it('get none once one of them has logged out, whoever was faster', async () => {
    for (let seed = 0; seed < 400; seed++) {
      const [backend, store, turns] = [memoryBackend(), new OldStore(), new Turns()]
      store.login('old')
      const begin = (who: string) => oldSession(turns.of(who, backend), turns.of(who, store), cookieFor('old'))!
      await turns.run(
        randomOf(seed),
        { a: begin('a').take(), b: begin('b').take(), logout: begin('logout').end() },
        false,
      )
      expect(await keysOf(backend), `seed ${seed}`).toEqual([])
      expect(store.rows.size, `seed ${seed}`).toBe(0)
      // An old instance that was slow brings the row back.
      store.login('old')
      const sid = await oldSession(backend, store, cookieFor('old'))!.take()
      const exists = sid !== null && (await createProvider(backend).sessionExist(sid))
      expect([exists, store.rows.size], `seed ${seed}`).toEqual([false, 0])
    }
  })
})

describe('an old cookie', () => {
  it.each([
    ['that is not signed', 'connect.sid=s%3Aold'],
    ['that is a bare sid', 'connect.sid=old'],
    ['with another signature', `${cookieFor('old')}x`],
    ['of another secret', cookieFor('old', 'another secret')],
    ['of another sid', cookieFor('old').replace('old', 'odd')],
    ['of another name', cookieFor('old').replace('connect.sid', 'sid')],
    ['sent twice', `${cookieFor('old')}; ${cookieFor('old')}`],
    ['that is no text', 'connect.sid=s%3A%E0%A4'],
  ])('%s asks nobody', (_, cookie) => {
    expect(oldSession(memoryBackend(), new OldStore(), cookie)).toBeUndefined()
  })

  it('signed by an older secret is as good', async () => {
    const store = new OldStore()
    store.login('old')
    const from = connectRedis({ client: store, secret: ['a newer one', SECRET] })
    expect(await oldSession(memoryBackend(), store, cookieFor('old'), { from })!.take()).not.toBeNull()
  })

  it('leads nowhere from the end date on', () => {
    const until = new Date(Date.now() - 1)
    expect(oldSession(memoryBackend(), new OldStore(), cookieFor('old'), { until })).toBeUndefined()
  })

  it('of a row that has expired, is unreadable or is refused leaves it as it is', async () => {
    const store = new OldStore()
    for (const row of ['no json', '[]', '{"user":"ada"}', '{"cookie":{"expires":"2020-01-01T00:00:00Z"}}']) {
      store.rows.set('sess:old', row)
      const old = oldSession(memoryBackend(), store, cookieFor('old'))!
      expect([await old.take(), store.rows.get('sess:old'), old.headers]).toEqual([null, row, []])
    }
    store.login('old')
    const refused = oldSession(memoryBackend(), store, cookieFor('old'), { values: () => null })!
    expect([await refused.take(), store.rows.size]).toEqual([null, 1])
  })

  it('opens nothing in a stolen database', async () => {
    const [backend, store] = [memoryBackend(), new OldStore()]
    store.login('an-old-sid')
    const sid = await oldSession(backend, store, cookieFor('an-old-sid'))!.take()
    const records: unknown[] = []
    for await (const key of backend.scan()) records.push(key, await backend.read(key))
    expect(records.length).toBe(6)
    expect(JSON.stringify(records)).not.toContain(sid)
    expect(JSON.stringify(records)).not.toContain('an-old-sid')
  })
})

describe('a manager with adopt', () => {
  const managerOver = (
    store: OldStore,
    more: Partial<Parameters<typeof adoptLegacy>[0]> = {},
    backend = memoryBackend(),
  ) =>
    createSessionManager({
      provider: createProvider(backend),
      adopt: adoptLegacy({ from: connectRedis({ client: store, secret: SECRET }), until: IN_AN_HOUR, ...more }),
    })
  const cookiesOf = ({ append }: { append: readonly (readonly [string, string])[] }): string[] =>
    append.filter(([name]) => name === 'Set-Cookie').map(([, value]) => value)

  it('opens the session, sets its cookie, also when the handler fails, and takes the old one', async () => {
    const store = new OldStore()
    store.login('old', { user: 'ada', '~~': 'mark' })
    const { session, commit } = await managerOver(store).open(facts(cookieFor('old')))
    expect([session.isNew, { ...session.data }]).toEqual([false, { user: 'ada' }])
    expect(cookiesOf(await commit({ status: 500 }))).toEqual([
      expect.stringMatching(/^connect\.sid=; Max-Age=0; .*Path=\//),
      expect.stringMatching(/^__Host-sid=[\w-]{43}; /),
    ])
  })

  it('holds what values makes of it', async () => {
    const store = new OldStore()
    store.login('old', { passport: { user: 7 }, junk: 1 })
    const values = ({ passport }: Record<string, unknown>) => ({ userId: (passport as { user: number }).user })
    const { session } = await managerOver(store, { values }).open(facts(cookieFor('old')))
    expect({ ...session.data }).toEqual({ userId: 7 })
  })

  it('looks for no old one beside a session of its own, but ends both', async () => {
    const store = new OldStore()
    const manager = managerOver(store)
    const begun = await manager.open(facts(''))
    begun.session.set('user', 'own')
    const own = cookiesOf(await begun.commit({ status: 200 }))[0]!.split(';')[0]!
    store.login('old')
    const both = `${own}; ${cookieFor('old')}`
    const { session, commit } = await manager.open(facts(both))
    expect([session.get('user'), store.asked]).toEqual(['own', 0])
    await session.destroy()
    expect(store.rows.size).toBe(0)
    expect(cookiesOf(await commit({ status: 200 })).map(line => line.split('=')[0])).toEqual([
      'connect.sid',
      '__Host-sid',
    ])
    store.login('old')
    expect((await manager.open(facts(both))).session.isNew).toBe(true)
  })

  it('asks nobody for a request without an old cookie', async () => {
    const store = new OldStore()
    const { session, commit } = await managerOver(store).open(facts('other=1'))
    expect([session.isNew, await commit({ status: 200 }), store.asked]).toEqual([
      true,
      expect.objectContaining({ set: [] }),
      0,
    ])
  })

  it('fails with 503 where the old store cannot be asked, and quotes nothing of what it said', async () => {
    const store = new OldStore()
    store.get = () => Promise.reject(new Error('GET sess:old'))
    const failed = await managerOver(store)
      .open(facts(cookieFor('old')))
      .catch(error => error)
    expect([failed.code, failed.status, failed.cause]).toEqual(['ERR_BACKEND_UNAVAILABLE', 503, undefined])
    expect(failed.message).not.toContain('old:')
  })

  it('succeeds only when the row is gone, and the next try has the same session', async () => {
    const [store, backend] = [new OldStore(), memoryBackend()]
    store.login('old')
    const { del } = store
    store.del = () => Promise.reject(new Error('down'))
    const manager = managerOver(store, {}, backend)
    await expect(manager.open(facts(cookieFor('old')))).rejects.toMatchObject({ status: 503 })
    store.del = del
    const { session } = await manager.open(facts(cookieFor('old')))
    expect([session.get('user'), store.rows.size, await keysOf(backend)]).toEqual(['ada', 0, [expect.anything()]])
  })
})

describe('options', () => {
  it('that cannot work are refused', () => {
    const client = new OldStore()
    const from = connectRedis({ client, secret: SECRET })
    const refused = (make: () => unknown) => {
      try {
        make()
        return undefined
      } catch (error) {
        return (error as { code: string }).code
      }
    }
    expect(refused(() => adoptLegacy({ from, until: 'soon' }))).toBe('ERR_CONFIG_OPTION')
    expect(refused(() => adoptLegacy({ from, til: 1 } as never))).toBe('ERR_CONFIG_OPTION')
    expect(refused(() => connectRedis({ client, secret: [] }))).toBe('ERR_CONFIG_KEYS')
    expect(refused(() => connectRedis({ client } as never))).toBe('ERR_CONFIG_KEYS')
    expect(refused(() => koaSession({ client, keys: [''] }))).toBe('ERR_CONFIG_KEYS')
    expect(refused(() => koaSession({ client, keys: ['k'], cookie: { path: 'x' } }))).toBe('ERR_CONFIG_COOKIE')
  })
})
