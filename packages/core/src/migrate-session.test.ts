/** Sessions that an older release stored, and those of a newer one, as in a rolling deploy. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { facts, get, type Rig, rig } from '../test/support/session-rig.ts'
import { createProvider, createSessionManager, type Migration, memoryBackend } from './index.ts'
import { nativeLayout } from './layout.ts'

/** Release 1 keeps `user`, release 2 `{ name }`, release 3 `{ first }`. */
const releases = {
  two: (calls: number[] = []): { migrate: Migration } => ({
    migrate: {
      version: 2,
      up(data, from) {
        calls.push(from)
        const { user, ...rest } = data
        return user === undefined ? rest : { ...rest, name: user }
      },
    },
  }),
}

const stored = async (handler: (session: { set(key: string, value: unknown): void }) => void): Promise<Rig> => {
  const it = rig()
  await it.request(handler)
  return it
}

const bodyOf = async (it: Rig): Promise<unknown> => {
  const { backend } = it
  const sid = it.cookie!.split('=')[1]!
  const record = await backend.read(`sess:${await nativeLayout.keyOf(sid)}`)
  return record === null || record === 'retired' ? record : JSON.parse(record.body as string)
}

describe('migrate', () => {
  it('brings up what an older release stored, once per load, and stores it with the next commit', async () => {
    const it = await stored(session => {
      session.set('user', 'ada')
      session.set('cart', ['tea'])
    })
    const calls: number[] = []
    const next = rig(releases.two(calls), it)
    await next.request(session => expect({ ...session.data }).toEqual({ name: 'ada', cart: ['tea'] }))
    expect([calls, await bodyOf(next)]).toEqual([[0], { user: 'ada', cart: ['tea'] }])
    expect(next.events).toEqual([])

    await next.request(session => session.data.cart.push('milk'))
    expect(calls).toEqual([0, 0])
    expect(await bodyOf(next)).toEqual({ name: 'ada', cart: ['tea', 'milk'], '~~': { version: 2 } })
    expect(await get(next, 'name')).toBe('ada')
    expect(calls).toEqual([0, 0])
  })

  it('knows sessions of its own version, and gives flash values to nobody', async () => {
    const calls: number[] = []
    const it = rig(releases.two(calls))
    await it.request(session => {
      session.set('user', 'kept')
      session.flash('notice', 'saved')
    })
    expect([await get(it, 'user'), calls]).toEqual(['kept', []])
    const third = rig({ migrate: { version: 3, up: data => ({ keys: Object.keys(data) }) } }, it)
    await third.request(session => expect([session.get('keys'), session.flash('notice')]).toEqual([['user'], 'saved']))
  })

  it('runs before the schema', async () => {
    const it = await stored(session => session.set('user', 'ada'))
    const schema = z.strictObject({ name: z.string().optional(), views: z.number().default(0) })
    const next = rig({ ...releases.two(), schema }, it)
    await next.request(session => {
      session.data.views++
    })
    expect(await bodyOf(next)).toEqual({ name: 'ada', views: 1, '~~': { version: 2 } })
  })

  it('merges with what an older release wrote meanwhile', async () => {
    const it = await stored(session => session.set('user', 'ada'))
    const next = rig(releases.two(), it)
    const slow = await next.manager.open(facts(it.cookie))
    slow.session.set('cart', ['tea'])
    await it.request(session => {
      session.set('user', 'eve')
      session.set('other', 1)
    })
    await slow.commit({ status: 200 })
    expect(await bodyOf(next)).toEqual({ name: 'eve', other: 1, cart: ['tea'], '~~': { version: 2 } })
  })

  it('keeps its version when the sid is replaced', async () => {
    const it = rig(releases.two())
    await it.request(session => session.set('name', 'ada'))
    await it.request(session => session.regenerate())
    expect(await bodyOf(it)).toEqual({ name: 'ada', '~~': { version: 2 } })
  })

  it("keeps its version through Beego's verbs, which do not know it", async () => {
    const provider = createProvider(memoryBackend())
    const manager = createSessionManager({ provider, ...releases.two() })
    const { session } = await manager.open(facts())
    session.set('name', 'ada')
    await session.save()
    const moved = await provider.sessionRegenerate(session.sessionId(), 'n'.repeat(43))
    moved.set('cart', ['tea'])
    await moved.save()
    const found = await manager.read('n'.repeat(43))
    expect({ ...found!.data }).toEqual({ name: 'ada', cart: ['tea'] })
    const older = createSessionManager({ provider })
    await expect(older.read('n'.repeat(43))).rejects.toMatchObject({ code: 'ERR_RECORD_NEWER' })
  })

  it('that throws is as a malformed record', async () => {
    const it = await stored(session => session.set('user', 'ada'))
    const up = (): never => {
      throw new Error('bug')
    }
    await expect(get(rig({ migrate: { version: 1, up } }, it), 'user')).rejects.toMatchObject({
      code: 'ERR_RECORD_MALFORMED',
      field: 'migrate.up',
    })
    const lenient = rig({ migrate: { version: 1, up }, failure: { onMalformed: 'new' } }, it)
    await lenient.request(session => expect(session.isNew).toBe(true))
    expect(await get(it, 'user')).toBe('ada')
  })

  it('must return values at once', async () => {
    const it = await stored(session => session.set('user', 'ada'))
    for (const up of [async () => ({}), () => undefined]) {
      await expect(get(rig({ migrate: { version: 1, up: up as never } }, it), 'user')).rejects.toMatchObject({
        code: 'ERR_CONFIG_OPTION',
        field: 'migrate.up',
      })
    }
  })

  it.each([
    ['version 0', { version: 0, up: () => ({}) }, 'migrate.version'],
    ['a fraction', { version: 1.5, up: () => ({}) }, 'migrate.version'],
    ['no function', { version: 1 }, 'migrate.up'],
    ['another key', { version: 1, up: () => ({}), down: () => ({}) }, 'migrate.down'],
  ])('is refused at construction with %s', (_, migrate, field) => {
    expect(() => createSessionManager({ migrate: migrate as never })).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_OPTION', field }),
    )
  })
})

describe('a session of a newer release', () => {
  const newer = async (): Promise<Rig> => {
    const it = rig(releases.two())
    await it.request(session => session.set('name', 'ada'))
    return it
  }

  it('is not touched by an older one: 503, and the cookie stays', async () => {
    const it = await newer()
    for (const options of [{}, { migrate: { version: 1, up: (data: Record<string, unknown>) => data } }]) {
      const older = rig({ ...options, failure: { onMalformed: 'new' } }, it)
      await expect(older.request(session => session.set('user', 'eve'))).rejects.toMatchObject({
        code: 'ERR_RECORD_NEWER',
        status: 503,
        retryAfter: 1,
      })
      expect(older.cookie).toBe(it.cookie)
    }
    expect(await get(it, 'name')).toBe('ada')
  })

  it("or an empty one, read-only, with onUnavailable: 'anonymous'", async () => {
    const it = await newer()
    const older = rig({ failure: { onUnavailable: 'anonymous' } }, it)
    const headers = await older.request(session =>
      expect([session.status, session.get('name')]).toEqual(['degraded', undefined]),
    )
    expect(headers).toEqual({ Vary: ['Cookie'] })
    expect(await get(it, 'name')).toBe('ada')
  })

  it('is not overwritten by an older one that had loaded it before', async () => {
    const it = await stored(session => session.set('user', 'ada'))
    const slow = await it.manager.open(facts(it.cookie))
    slow.session.set('cart', ['tea'])
    const next = rig(releases.two(), it)
    await next.request(session => session.set('theme', 'dark'))
    await expect(slow.commit({ status: 200 })).rejects.toMatchObject({ code: 'ERR_RECORD_NEWER' })
    expect(await bodyOf(next)).toEqual({ name: 'ada', theme: 'dark', '~~': { version: 2 } })
  })
})
