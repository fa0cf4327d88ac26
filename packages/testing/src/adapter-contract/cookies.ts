/** When the cookie is set, how, and what else stands on the response. */
import { isTrue, same } from '../check.ts'
import { cookieOf, cookiesOf, count, get, post, show, withCookie } from './requests.ts'
import type { AdapterCase } from './subject.ts'

export function cookies(test: AdapterCase): void {
  const counter = { options: {}, routes: [get('/', count), get('/show', show)] }

  test('a session is kept by a cookie that is set once', counter, async visit => {
    const first = await visit('/')
    const second = await visit('/', withCookie(cookieOf(first)))
    const third = await visit('/show', withCookie(cookieOf(first)))
    same([await first.text(), await second.text(), await third.text()], ['1', '2', '{"n":2}'], 'the bodies')
    same(second.headers.getSetCookie(), [], 'the cookies of the second')
    same(third.headers.getSetCookie(), [], 'the cookies of a read')
  })

  test('the cookie has the attributes of its defaults, and no shared cache keeps it', counter, async visit => {
    const response = await visit('/')
    const [line = ''] = response.headers.getSetCookie()
    isTrue(/^__Host-sid=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/.test(line), `the cookie is ${line}`)
    same(response.headers.get('cache-control'), 'no-store', 'Cache-Control')
    same(response.headers.get('vary'), 'Cookie', 'Vary')
  })

  const anonymous = { options: {}, routes: [get('/', (_, reply) => reply.send('hello'))] }
  test('who sets nothing gets no cookie, and is no reason to vary', anonymous, async visit => {
    const response = await visit('/')
    same(await response.text(), 'hello', 'the body')
    same([response.headers.getSetCookie(), response.headers.get('vary')], [[], null], 'Set-Cookie and Vary')
  })

  const own = get('/', (session, reply) => {
    reply.header('Set-Cookie', 'own=1')
    reply.header('Vary', 'Accept')
    reply.header('X-Own', 'kept')
    session.set('a', 1)
    reply.send('ok')
  })
  test('headers of the handler stay', { options: {}, routes: [own] }, async visit => {
    const { headers } = await visit('/')
    const names = headers.getSetCookie().map(line => line.split('=', 1)[0])
    same(names, ['own', '__Host-sid'], 'the names of the cookies')
    same(headers.get('vary')?.replaceAll(' ', ''), 'Accept,Cookie', 'Vary')
    same(headers.get('x-own'), 'kept', 'X-Own')
  })

  const login = post('/login', (session, reply) => {
    session.regenerate()
    session.set('user', 'ada')
    reply.redirect('/show')
  })
  const logout = post('/logout', async (session, reply) => {
    await session.destroy()
    reply.send('bye')
  })
  const routes = [get('/', count), get('/show', show), login, logout]
  test('a login gets a new sid, and the old one is worth nothing', { options: {}, routes }, async visit => {
    const before = cookieOf(await visit('/'))
    const response = await visit('/login', { method: 'POST', ...withCookie(before) })
    const after = cookieOf(response)
    same([response.status, response.headers.get('location')?.endsWith('/show')], [302, true], 'the redirect')
    isTrue(after !== before, 'The sid must change.')
    same(await (await visit('/show', withCookie(after))).json(), { n: 1, user: 'ada' }, 'the session')
    same(await (await visit('/show', withCookie(before))).json(), {}, 'what the old sid opens')
  })

  test('a logout ends the session and takes the cookie', { options: {}, routes }, async visit => {
    const cookie = cookieOf(await visit('/'))
    const response = await visit('/logout', { method: 'POST', ...withCookie(cookie) })
    same([response.status, await response.text(), cookiesOf(response)], [200, 'bye', []], 'the answer')
    same(response.headers.getSetCookie().length, 1, 'cookies that are cleared')
    same(await (await visit('/show', withCookie(cookie))).json(), {}, 'what the sid opens')
  })

  test('a sid that nobody gave out is not taken over', { options: {}, routes }, async visit => {
    const forged = `__Host-sid=${'A'.repeat(43)}`
    const response = await visit('/', withCookie(forged))
    isTrue(cookieOf(response) !== forged, 'The sid must be another.')
  })

  const rolling = { options: { cookie: { lifetime: 'rolling' as const } }, routes }
  test('a rolling cookie tells how long it lasts', rolling, async visit => {
    const [line = ''] = (await visit('/')).headers.getSetCookie()
    isTrue(/; Max-Age=1(?:800|799);/.test(line), `the cookie is ${line}`)
  })

  const byHeader = { options: { header: 'X-Session' }, routes: [get('/', count)] }
  test('the sid can travel in a header instead', byHeader, async visit => {
    const first = await visit('/')
    const second = await visit('/', { headers: { 'X-Session': first.headers.get('x-session') ?? '' } })
    same([await first.text(), await second.text()], ['1', '2'], 'the bodies')
    same([first.headers.getSetCookie(), first.headers.get('vary')], [[], 'X-Session'], 'Set-Cookie and Vary')
  })
}
