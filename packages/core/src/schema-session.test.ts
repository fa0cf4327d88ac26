/** Sessions whose values are checked by a schema: a real one of zod, and some written by hand. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { exchange } from '../test/support/exchange.ts'
import { facts, get, rig } from '../test/support/session-rig.ts'
import { createSessionManager, newManager, type Schema } from './index.ts'

const schema = z.object({
  userId: z.string().optional(),
  views: z.number().default(0),
  cart: z.array(z.string()).default([]),
})

const byHand = (validate: Schema['~standard']['validate']): Schema<unknown, Record<string, unknown>> =>
  ({ '~standard': { version: 1, vendor: 'test', validate } }) as never

describe('a default of the schema', () => {
  it('is there without being stored', async () => {
    const it = rig({ schema })
    const headers = await it.request(session => {
      expect([session.get('views'), session.data.views, session.get('userId')]).toEqual([0, 0, undefined])
      expect({ ...session.data }).toEqual({ views: 0, cart: [] })
      expect([session.has('views'), session.has('userId'), session.keys()]).toEqual([true, false, ['views', 'cart']])
    })
    expect(headers).toEqual({ Vary: ['Cookie'] })
    expect(it.events).toEqual([])
  })

  it('counts', async () => {
    const it = rig({ schema })
    for (let i = 0; i < 3; i++) await it.request(session => session.data.views++)
    await it.request(session => session.update('views', n => n + 1))
    expect(await get(it, 'views')).toBe(4)
    expect(await get(rig({}, it), 'cart')).toBeUndefined()
  })

  it('that was changed in place is stored, and is no other session’s', async () => {
    const it = rig({ schema })
    await it.request(session => session.data.cart.push('tea'))
    expect(await get(it, 'cart')).toEqual(['tea'])
    await it.request(session => session.data.cart.push('milk'))
    expect(await get(it, 'cart')).toEqual(['tea', 'milk'])
    expect(await get(rig({ schema }), 'cart')).toEqual([])
  })

  it('comes back as it was when what was changed in place is deleted', async () => {
    const it = rig({ schema })
    await it.request(session => {
      session.data.cart.push('tea')
      session.delete('cart')
      expect(session.get('cart')).toEqual([])
    })
    expect(it.events).toEqual([])
  })

  it('comes back when the value goes', async () => {
    const it = rig({ schema })
    await it.request(session => {
      session.set('views', 3)
      session.set('userId', 'ada')
    })
    await it.request(session => {
      session.delete('views')
      expect(session.get('views')).toBe(0)
      session.flush()
      expect({ ...session.data }).toEqual({ views: 0, cart: [] })
    })
    expect(await get(it, 'views')).toBe(0)
  })

  it('is where updates begin, also those that run again', async () => {
    const it = rig({ schema })
    await it.request(session => session.set('userId', 'ada'))
    const opened = await Promise.all([1, 2, 3].map(() => it.manager.open(facts(it.cookie))))
    for (const { session } of opened) {
      session.update('views', n => n + 1)
      session.update('cart', cart => [...cart, 'tea'])
    }
    await Promise.all(opened.map(({ commit }) => commit({ status: 200 })))
    expect([await get(it, 'views'), await get(it, 'cart')]).toEqual([3, ['tea', 'tea', 'tea']])
  })

  it('is there in an empty session that is read-only', async () => {
    const it = rig({ schema })
    await it.request(session => session.set('userId', 'ada'))
    const old = it.cookie
    await it.request(session => session.regenerate())
    const { session } = await it.manager.open(facts(old))
    expect([session.status, session.get('views')]).toEqual(['retired', 0])
  })
})

describe('a stored value', () => {
  it('is what the schema makes of it', async () => {
    const it = rig()
    await it.request(session => session.set('since', '2026-01-01'))
    const dated = rig({ schema: z.object({ since: z.coerce.date().optional() }) }, it)
    expect(await get(dated, 'since')).toEqual(new Date('2026-01-01'))
    expect(it.events.length + dated.events.length).toBe(1)
  })

  it('that the schema refuses is malformed: an error that names the key and shows no value', async () => {
    const it = rig()
    await it.request(session => session.set('views', 'canary'))
    const old = it.cookie
    const strict = rig({ schema }, it)
    const error = await strict.request(() => {}).catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'ERR_RECORD_MALFORMED', status: 500, field: 'views' })
    expect(String(error)).not.toContain('canary')
    expect(it.cookie).toBe(old)
  })

  it("or with onMalformed: 'new' a fresh session, and is left as it is", async () => {
    const it = rig()
    await it.request(session => session.set('views', 'many'))
    const old = it.cookie
    const lenient = rig({ schema, failure: { onMalformed: 'new' } }, it)
    await lenient.request(session => {
      expect([session.isNew, session.get('views')]).toEqual([true, 0])
      session.data.views++
    })
    expect(lenient.events).toContainEqual(expect.objectContaining({ type: 'rejected', reason: 'schema' }))
    expect(lenient.cookie).not.toBe(old)
    expect(await get(it, 'views')).toBe('many')
  })

  it('that the schema does not know is shown to nobody and kept for whoever does', async () => {
    const it = rig()
    await it.request(session => {
      session.set('views', 1)
      session.set('ofNewerRelease', { a: 1 })
      session.flash('notice', 'saved')
    })
    const older = rig({ schema }, it)
    await older.request(session => {
      expect({ ...session.data }).toEqual({ views: 1, cart: [] })
      expect([session.has('ofNewerRelease'), session.get('ofNewerRelease' as never)]).toEqual([false, undefined])
      expect(session.flash('notice')).toBe('saved')
      session.data.views++
      session.regenerate()
    })
    it.cookie = older.cookie
    expect([await get(it, 'views'), await get(it, 'ofNewerRelease')]).toEqual([2, { a: 1 }])
  })

  it('of another process does not undo a merge, whatever the schema says of it', async () => {
    const it = rig()
    await it.request(session => session.set('views', 1))
    const strict = rig({ schema }, it)
    const slow = await strict.manager.open(facts(it.cookie))
    slow.session.set('userId', 'ada')
    await it.request(session => session.set('views', 'broken'))
    await slow.session.save()
    expect([await get(it, 'views'), await get(it, 'userId')]).toEqual(['broken', 'ada'])
    await slow.commit({ status: 200 })
  })
})

describe("Beego's manager", () => {
  it('takes a schema and a migration beyond its config', async () => {
    const migrate = { version: 1, up: (data: Record<string, unknown>) => data }
    const manager = await newManager('memory', { cookieName: 'a', maxLifetime: 60 }, { schema, migrate })
    const session = await manager.sessionStart(exchange())
    session.data.views++
    session.data.cart.push('tea')
    await session.sessionRelease()
    const found = await manager.getSessionStore(session.sessionId())
    expect({ ...found!.data }).toEqual({ views: 1, cart: ['tea'] })
    await manager.close()
  })

  it('refuses a schema that does not accept {} before anything is opened', async () => {
    const strict = z.object({ userId: z.string() })
    await expect(newManager('memory', { cookieName: 'a', maxLifetime: 60 }, { schema: strict })).rejects.toMatchObject({
      code: 'ERR_CONFIG_SCHEMA',
    })
  })
})

describe('a schema', () => {
  it('may wait, but not for what {} becomes', async () => {
    const slow = z.object({
      name: z
        .string()
        .refine(async name => name !== 'eve')
        .optional(),
    })
    const it = rig({ schema: slow })
    await it.request(session => session.set('name', 'ada'))
    expect(await get(it, 'name')).toBe('ada')
    await it.request(session => session.set('name', 'eve'))
    await expect(get(it, 'name')).rejects.toMatchObject({ code: 'ERR_RECORD_MALFORMED', field: 'name' })
  })

  it.each<[string, unknown, string]>([
    ['refuses {}', z.object({ userId: z.string() }), 'ERR_CONFIG_SCHEMA'],
    ['is asynchronous for {}', z.object({}).refine(async () => true), 'ERR_CONFIG_SCHEMA'],
    ['rejects for {}', byHand(() => Promise.reject(new Error('no'))), 'ERR_CONFIG_SCHEMA'],
    ['gives a default that cannot be stored', byHand(() => ({ value: { f: () => 1 } })), 'ERR_CONFIG_SCHEMA'],
    ['is none', { views: 'number' }, 'ERR_CONFIG_OPTION'],
  ])('that %s is refused at construction', (_, schema, code) => {
    expect(() => createSessionManager({ schema: schema as never })).toThrow(
      expect.objectContaining({ code, field: 'schema' }),
    )
  })

  it('that throws is an error of the record, not of the process', async () => {
    const it = rig()
    await it.request(session => session.set('a', 1))
    const throws = byHand(value => {
      if (Object.keys(value as object).length > 0) throw new Error('bug')
      return { value: {} }
    })
    await expect(get(rig({ schema: throws }, it), 'a')).rejects.toMatchObject({ code: 'ERR_RECORD_MALFORMED' })
  })
})
