/** What a manager asks of the option `adopt`, and when. */
import { describe, expect, it } from 'vitest'
import type { Adoption, OldSession } from './adoption.ts'
import { SessionError } from './errors.ts'
import { createSessionManager } from './manager.ts'
import { memoryBackend } from './memory-backend.ts'
import type { ManagerOptions, RequestFacts } from './options.ts'
import { createProvider } from './provider.ts'

const facts = (cookie = ''): RequestFacts => ({
  secure: true,
  host: 'localhost',
  url: '/',
  header: name => (name === 'cookie' ? cookie : undefined),
})

/** Requests with the cookie `old` bring an old session, which `take` makes one of ours. */
function managerWith(take: () => Promise<string | null>, options: ManagerOptions = {}) {
  const provider = createProvider(memoryBackend())
  const calls: string[] = []
  const adopt: Adoption = request => {
    if (!request.header('cookie')?.includes('old')) return undefined
    const old: OldSession & { headers: OldSession['headers'] } = {
      headers: [],
      async take() {
        calls.push('take')
        const sid = await take()
        old.headers = [['Set-Cookie', 'old=; Max-Age=0']]
        return sid
      },
      async end() {
        calls.push('end')
      },
    }
    return old
  }
  return { manager: createSessionManager({ provider, adopt, ...options }), provider, calls }
}

async function stored(provider: ReturnType<typeof createProvider>): Promise<string> {
  const session = await provider.sessionRead('')
  session.set('user', 'ada')
  await session.save()
  return session.sessionId()
}

const lines = ({ append }: { append: readonly (readonly [string, string])[] }): string[] =>
  append.map(([name, value]) => `${name}: ${value.replace(/=.*/, '')}`)

describe('the option adopt', () => {
  it.each(['eager', 'lazy'] as const)(
    'gives a request the session that an old one has become (load: %s)',
    async load => {
      const { manager, provider } = managerWith(() => stored(provider), { load })
      const { session, commit } = await manager.open(facts('old=1'))
      expect([session.get('user'), session.isNew]).toEqual(['ada', false])
      expect(lines(await commit({ status: 500 }))).toEqual([
        'Set-Cookie: old',
        'Set-Cookie: __Host-sid',
        'Vary: Cookie',
      ])
    },
  )

  it('is asked only where there is no session of ours', async () => {
    const { manager, provider, calls } = managerWith(() => stored(provider))
    const own = `__Host-sid=${await stored(provider)}`
    for (const cookie of ['', own, `${own}; old=1`]) {
      const { session } = await manager.open(facts(cookie))
      expect([session.get('user'), calls]).toEqual([cookie === '' ? undefined : 'ada', []])
    }
    await manager.open(facts(`__Host-sid=${'a'.repeat(43)}; old=1`))
    expect(calls).toEqual(['take'])
  })

  it('may have none, or one that has ended meanwhile: then the session is new', async () => {
    for (const sid of [null, 'a'.repeat(43)]) {
      const { manager } = managerWith(async () => sid)
      const { session, commit } = await manager.open(facts('old=1'))
      expect([session.isNew, session.sessionId() === sid]).toEqual([true, false])
      expect(lines(await commit({ status: 200 }))).toEqual(['Set-Cookie: old', 'Vary: Cookie'])
    }
  })

  it('ends the old session before ours, which lives on when that fails', async () => {
    const { manager, provider, calls } = managerWith(async () => null)
    const cookie = `__Host-sid=${await stored(provider)}; old=1`
    const { session } = await manager.open(facts(cookie))
    await session.destroy()
    expect(calls).toEqual(['end'])
    const failing = createSessionManager({
      provider,
      adopt: () => ({ headers: [], take: async () => null, end: () => Promise.reject(new Error('down')) }),
    })
    const other = `__Host-sid=${await stored(provider)}`
    const opened = await failing.open(facts(other))
    await expect(opened.session.destroy()).rejects.toThrow('down')
    expect((await manager.open(facts(other))).session.get('user')).toBe('ada')
  })

  it('that cannot be told is an error, or an anonymous session, and takes no cookie', async () => {
    const down = () => Promise.reject(new SessionError('ERR_BACKEND_UNAVAILABLE', 'down'))
    await expect(managerWith(down).manager.open(facts('old=1'))).rejects.toMatchObject({ status: 503 })
    const { manager } = managerWith(down, { failure: { onUnavailable: 'anonymous' } })
    const { session, commit } = await manager.open(facts('old=1'))
    expect([session.status, lines(await commit({ status: 200 }))]).toEqual(['degraded', ['Vary: Cookie']])
  })
})
