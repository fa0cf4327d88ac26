import { describe, expect, it } from 'vitest'
import { cookieOf, exchange } from '../test/support/exchange.ts'
import { createSessionManager, type HeadPatch } from './index.ts'

describe('the option header', () => {
  const open = async (sid?: string) => {
    const { session, commit } = await manager.open(exchange(sid === undefined ? {} : { headers: { 'X-Session': sid } }))
    return { session, commit: () => commit({ status: 200 }) }
  }
  const manager = createSessionManager({ header: 'X-Session' })
  const sidIn = ({ set }: HeadPatch): string | undefined => set.find(([name]) => name === 'X-Session')?.[1]

  it('makes the sid travel in it, both ways, and no cookie is read or set', async () => {
    const first = await open()
    first.session.set('n', 1)
    const patch = await first.commit()
    expect(patch.append).toEqual([['Vary', 'X-Session']])
    expect(patch.set).toEqual([
      ['X-Session', first.session.sessionId()],
      ['Cache-Control', 'no-store'],
    ])
    const second = await open(sidIn(patch))
    expect(second.session.get('n')).toBe(1)
    expect(await second.commit()).toEqual({ append: [['Vary', 'X-Session']], set: [] })
    const byCookie = await manager.open(exchange({ cookie: `__Host-sid=${sidIn(patch)}` }))
    expect(byCookie.session.isNew).toBe(true)
  })

  it('tells the client of a new sid, and by an empty one of the end', async () => {
    const first = await open()
    first.session.set('n', 1)
    const sid = sidIn(await first.commit())
    const login = await open(sid)
    login.session.regenerate()
    const newSid = sidIn(await login.commit())
    expect(newSid).not.toBe(sid)
    const leaving = await open(newSid)
    await leaving.session.destroy()
    expect(sidIn(await leaving.commit())).toBe('')
    expect((await open(newSid)).session.isNew).toBe(true)
  })

  it('takes nothing for a sid that is none, and needs no TLS', async () => {
    for (const text of ['', 'x', `${'a'.repeat(43)}, ${'b'.repeat(43)}`])
      expect((await open(text)).session.isNew).toBe(true)
    const { session, commit } = await manager.open(exchange({ secure: false }))
    session.set('n', 1)
    expect(sidIn(await commit({ status: 200 }))).toBe(session.sessionId())
  })

  it('is refused beside cookie, and when it is no name of a header', () => {
    const refused = expect.objectContaining({ code: 'ERR_CONFIG_OPTION', field: 'header' })
    expect(() => createSessionManager({ header: 'X', cookie: {} })).toThrow(refused)
    for (const header of ['', 'a b', 'Set-Cookie', 'cookie', 1]) {
      expect(() => createSessionManager({ header: header as string })).toThrow(refused)
    }
  })
})

describe('setSecure', () => {
  it('makes the cookie what it would have been with that option', async () => {
    const manager = createSessionManager()
    const visit = exchange({ secure: false })
    manager.setSecure(false)
    const session = await manager.sessionStart(visit)
    session.set('n', 1)
    await session.sessionRelease()
    expect(cookieOf(visit)).toMatch(/^sid=/)
    expect(() => createSessionManager({ cookie: { name: '__Host-a' } }).setSecure(false)).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_COOKIE' }),
    )
  })
})
