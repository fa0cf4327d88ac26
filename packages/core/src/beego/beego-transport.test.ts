/** How the sid travels, seen from outside: a manager of Beego's config in memory. */
import { describe, expect, it } from 'vitest'
import { cookieOf, exchange, type TestExchange, type TestRequest } from '../../test/support/exchange.ts'
import {
  createProvider,
  type Manager,
  type ManagerConfig,
  memoryBackend,
  newManager,
  registerProvider,
} from '../index.ts'

const make = (config: Partial<ManagerConfig> = {}): Promise<Manager> =>
  newManager('memory', { cookieName: 'gosessionid', enableSetCookie: true, maxLifetime: 3600, ...config })

/** A request whose handler counts. */
async function visit(manager: Manager, request?: TestRequest): Promise<TestExchange & { n: number; sid: string }> {
  const made = exchange(request)
  const session = await manager.sessionStart(made)
  session.update('n', (n: number | undefined) => (n ?? 0) + 1)
  await session.sessionRelease()
  return Object.assign(made, { n: session.get('n'), sid: session.sessionId() })
}

describe('the cookie', () => {
  it('is named as cookieName says, and found again', async () => {
    const manager = await make({ cookieName: 'mine' })
    const first = await visit(manager)
    expect(first.cookies).toEqual([expect.stringMatching(/^mine=[0-9a-f]{32}; Path=\/; HttpOnly$/)])
    const second = await visit(manager, { cookie: `other=1; ${cookieOf(first)}` })
    expect(second).toMatchObject({ n: 2, cookies: [], vary: ['Cookie'] })
  })

  it('is set with enableSetCookie only, and read in any case', async () => {
    const manager = await make({ enableSetCookie: false })
    const first = await visit(manager)
    expect(first.cookies).toEqual([])
    expect((await visit(manager, { cookie: `gosessionid=${first.sid}` })).n).toBe(2)
  })

  it('is HttpOnly unless disableHTTPOnly', async () => {
    const [line] = (await visit(await make({ disableHTTPOnly: true }))).cookies
    expect(line).not.toContain('HttpOnly')
  })

  it('is Secure with secure, at every request, and never leaves over plain http', async () => {
    const manager = await make({ secure: true })
    expect((await visit(manager)).cookies[0]).toContain('; Secure')
    await expect(visit(manager, { secure: false })).rejects.toMatchObject({ code: 'ERR_CONFIG_INSECURE' })
    expect((await visit(await make(), { secure: false })).cookies[0]).not.toContain('Secure')
  })

  it('lasts for cookieLifeTime, or until the browser ends', async () => {
    expect((await visit(await make({ cookieLifeTime: 60 }))).cookies[0]).toContain('; Max-Age=60;')
    expect((await visit(await make())).cookies[0]).not.toMatch(/Max-Age|Expires/)
  })

  it('lasts no longer than timeouts.absolute', async () => {
    const config = { cookieName: 'a', enableSetCookie: true, maxLifetime: 60, cookieLifeTime: 3600 }
    const manager = await newManager('memory', config, { timeouts: { absolute: '10m' } })
    expect((await visit(manager)).cookies[0]).toMatch(/; Max-Age=(?:600|599);/)
  })

  it('has domain, without a dot in front', async () => {
    expect((await visit(await make({ domain: '.example.com' }))).cookies[0]).toContain('; Domain=example.com;')
  })

  it('has SameSite by its number', async () => {
    const lines = ([0, 1, 2, 3, 4] as const).map(async cookieSameSite => {
      const [line = ''] = (await visit(await make({ cookieSameSite, secure: true }))).cookies
      return /SameSite=(\w+)/.exec(line)?.[1]
    })
    expect(await Promise.all(lines)).toEqual([undefined, undefined, 'Lax', 'Strict', 'None'])
  })

  it('that no browser would keep is refused, by the name of the member', async () => {
    const fieldOf = (config: Partial<ManagerConfig>) => make(config).catch(({ code, field }) => `${code} ${field}`)
    expect(await fieldOf({ cookieSameSite: 4 })).toBe('ERR_CONFIG_COOKIE cookieSameSite')
    expect(await fieldOf({ cookieName: '__Host-a' })).toBe('ERR_CONFIG_COOKIE secure')
    expect(await fieldOf({ domain: 'a b' })).toBe('ERR_CONFIG_COOKIE domain')
    expect(await fieldOf({ cookieName: '__Host-a', secure: true, domain: 'a.b' })).toBe('ERR_CONFIG_COOKIE domain')
  })

  it('is cleared with its own attributes, Secure among them', async () => {
    const manager = await make({ secure: true, cookieSameSite: 4, domain: 'example.com', cookieLifeTime: 60 })
    const leaving = exchange({ cookie: cookieOf(await visit(manager)) })
    await manager.sessionDestroy(leaving)
    expect(leaving.cookies).toEqual([
      'gosessionid=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; Domain=example.com; HttpOnly; Secure; SameSite=None',
    ])
  })

  it('escapes a prefix as Go does, and reads it back', async () => {
    const manager = await make({ sessionIDPrefix: 'p q+/' })
    const first = await visit(manager)
    expect(first.sid).toMatch(/^p q\+\/[0-9a-f]{32}$/)
    expect(cookieOf(first)).toMatch(/^gosessionid=p\+q%2B%2F[0-9a-f]{32}$/)
    expect((await visit(manager, { cookie: cookieOf(first) })).n).toBe(2)
  })

  it('with a bad escape, or empty, is as if it were not there: a later one of its name counts', async () => {
    const manager = await make()
    const cookie = cookieOf(await visit(manager))
    expect((await visit(manager, { cookie: 'gosessionid=%zz' })).cookies).toHaveLength(1)
    expect((await visit(manager, { cookie: `gosessionid=; gosessionid=%zz; ${cookie}` })).n).toBe(2)
  })
})

describe('the sid', () => {
  it('is sessionIDLength random bytes as hex, behind sessionIDPrefix', async () => {
    expect((await visit(await make())).sid).toMatch(/^[0-9a-f]{32}$/)
    expect((await visit(await make({ sessionIDLength: 20, sessionIDPrefix: 'web-' }))).sid).toMatch(
      /^web-[0-9a-f]{40}$/,
    )
  })

  it('of another form is never asked for', async () => {
    const asked: string[] = []
    registerProvider('asked', storage => {
      const backend = memoryBackend()
      const read: typeof backend.read = (key, call) => {
        asked.push(key)
        return backend.read(key, call)
      }
      return createProvider({ ...backend, read }, storage)
    })
    const manager = await newManager('asked', { cookieName: 'a', maxLifetime: 60, sessionIDPrefix: 'web-' })
    const hex = 'a'.repeat(32)
    for (const sid of [hex, `web-${hex}0`, `web-${hex.toUpperCase()}`, `web-${'*'.repeat(32)}`, 'sess:1']) {
      await manager.sessionStart(exchange({ cookie: `a=${sid}` }))
      await manager.sessionDestroy(exchange({ cookie: `a=${sid}` }))
      expect(await manager.getSessionStore(sid)).toBeNull()
    }
    expect(asked).toEqual([])
    await manager.sessionStart(exchange({ cookie: `a=web-${hex}` }))
    expect(asked).toHaveLength(1)
  })
})

describe('the header', () => {
  const config = { enableSetCookie: false, enableSidInHTTPHeader: true, sessionNameInHTTPHeader: 'sid-H' }

  it('carries the sid both ways with enableSidInHTTPHeader, whatever the case of its name', async () => {
    const manager = await make(config)
    const first = await visit(manager)
    expect(first.headers.get('sid-h')).toBe(first.sid)
    expect(first).toMatchObject({ cookies: [], vary: ['Cookie, sid-H'] })
    const second = await visit(manager, { headers: { 'SID-h': first.sid } })
    expect(second.n).toBe(2)
    expect([...second.headers.keys()]).toEqual([])
    const leaving = exchange({ headers: { 'Sid-H': first.sid } })
    await manager.sessionDestroy(leaving)
    expect(leaving.headers.get('sid-h')).toBe('')
    expect(await manager.getSessionStore(first.sid)).toBeNull()
  })

  it('is looked at behind the cookie, and not at all unless enabled', async () => {
    const manager = await make(config)
    const [one, two] = [await visit(manager), await visit(manager)]
    const both = { cookie: `gosessionid=${one.sid}`, headers: { 'Sid-H': two.sid } }
    expect((await visit(manager, both)).sid).toBe(one.sid)
    const without = await make({ ...config, enableSidInHTTPHeader: false })
    const stored = await visit(without)
    expect((await visit(without, { headers: { 'Sid-H': stored.sid } })).sid).not.toBe(stored.sid)
  })
})

describe('the query', () => {
  it('is read with enableSidInURLQuery only, behind the cookie and before the header', async () => {
    const off = await make()
    const { sid } = await visit(off)
    expect((await visit(off, { url: `/?gosessionid=${sid}` })).sid).not.toBe(sid)

    const on = await make({ enableSidInURLQuery: true, enableSidInHTTPHeader: true, sessionNameInHTTPHeader: 'H' })
    const [one, two] = [await visit(on), await visit(on)]
    const url = `/a?x=1&gosessionid=%zz&gosessionid=${one.sid}#gosessionid=${two.sid}`
    expect((await visit(on, { url })).sid).toBe(one.sid)
    expect((await visit(on, { url, cookie: `gosessionid=${two.sid}` })).sid).toBe(two.sid)
    expect((await visit(on, { url, headers: { H: two.sid } })).sid).toBe(one.sid)
  })
})
