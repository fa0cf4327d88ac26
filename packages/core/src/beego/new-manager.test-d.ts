import { describe, expectTypeOf, it } from 'vitest'
import { type Manager, newManager, type SessionStore } from '../index.ts'

interface MySession {
  userId: string
}

describe('the types of newManager', () => {
  it('flow from its type parameter to the sessions of the manager', async () => {
    const manager = await newManager<MySession>('memory', { cookieName: 'a', gclifetime: 60 })
    expectTypeOf(manager).toEqualTypeOf<Manager<MySession>>()
    expectTypeOf(await manager.getSessionStore('a')).toEqualTypeOf<SessionStore<MySession> | null>()
  })

  it('know the config, and leave to it what it says', () => {
    const config = { cookieName: 'a', gclifetime: 60 }
    // @ts-expect-error a cookie needs a name
    void newManager('memory', { gclifetime: 60 })
    // @ts-expect-error no such number
    void newManager('memory', { ...config, cookieSameSite: 5 })
    // @ts-expect-error cookieName says it
    void newManager('memory', config, { cookie: { name: 'b' } })
    // @ts-expect-error maxLifetime says it
    void newManager('memory', config, { timeouts: { idle: 60 } })
    void newManager('yours', JSON.stringify(config), { timeouts: { absolute: '12h' }, keyPrefix: 'mine:' })
  })
})
