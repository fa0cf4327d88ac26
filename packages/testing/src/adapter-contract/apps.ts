/** Applications as people build them: two sessions, mounted parts, a proxy in front, many visitors at once. */
import { isTrue, same } from '../check.ts'
import { cookieOf, cookiesOf, count, get, show, withCookie } from './requests.ts'
import type { AdapterCase } from './subject.ts'

export function apps(test: AdapterCase): void {
  const both = get('/', (session, reply, second) => {
    session.update('n', n => (n ?? 0) + 1)
    second!.update('n', n => (n ?? 0) + 10)
    reply.send(`${session.get('n')} ${second!.get('n')}`)
  })
  const two = { options: {}, second: { as: 'admin', cookie: { name: '__Host-admin' } }, routes: [both] }
  test('two sessions with names of their own', two, async visit => {
    const pairs = cookiesOf(await visit('/'))
    same(pairs.map(pair => pair.split('=', 1)[0]).sort(), ['__Host-admin', '__Host-sid'], 'the names of the cookies')
    const response = await visit('/', withCookie(pairs.join('; ')))
    same([await response.text(), response.headers.getSetCookie()], ['2 20', []], 'the second visit')
  })

  const mounted = { options: {}, mount: '/shop', routes: [get('/cart', count)] }
  test('a part of the app that is mounted elsewhere has the session', mounted, async visit => {
    const first = await visit('/shop/cart')
    const second = await visit('/shop/cart', withCookie(cookieOf(first)))
    same([await first.text(), await second.text()], ['1', '2'], 'the bodies')
  })

  // Browsers take Secure cookies over plain http from localhost only, and 0.0.0.0 is not that.
  const elsewhere = (origin: string): string => origin.replace('localhost', '0.0.0.0')
  const forwarded = { headers: { 'X-Forwarded-Proto': 'https' } }
  const trusting = { options: {}, trustProxy: true, routes: [get('/', count)] }
  test('behind a proxy that is trusted, TLS counts that ends there', trusting, async visit => {
    const [secure, plain] = [await visit(elsewhere(visit.origin), forwarded), await visit(elsewhere(visit.origin))]
    same([secure.status, cookiesOf(secure).length], [200, 1], 'over TLS')
    same([plain.status, cookiesOf(plain).length], [500, 0], 'over plain http')
  })

  const wary = { options: {}, routes: [get('/', count)] }
  test('a visitor cannot claim TLS when no proxy is trusted', wary, async visit => {
    const response = await visit(elsewhere(visit.origin), forwarded)
    same([response.status, cookiesOf(response).length], [500, 0], 'the answer')
  })

  test('parallel requests of one visitor lose nothing', {
    options: {},
    routes: [get('/', count), get('/show', show)],
  }, async visit => {
    const cookie = withCookie(cookieOf(await visit('/')))
    await Promise.all(Array.from({ length: 50 }, () => visit('/', cookie).then(response => response.text())))
    same(await (await visit('/show', cookie)).json(), { n: 51 }, 'the session')
  })

  const named = get('/', async (session, reply) => {
    await new Promise(resolve => setTimeout(resolve, Math.random() * 5))
    if (session.isNew) session.set('secret', session.id)
    reply.send(JSON.stringify([session.get('secret'), session.id]))
  })
  test('a hundred visitors at once are not mixed up', { options: {}, routes: [named] }, async visit => {
    const visitors = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const response = await visit('/')
        return [cookieOf(response), await response.text()] as const
      }),
    )
    const again = await Promise.all(visitors.map(async ([cookie]) => (await visit('/', withCookie(cookie))).text()))
    same(
      again,
      visitors.map(([, text]) => text),
      'what they see',
    )
    isTrue(new Set(again).size === 100, 'Each must have a session of its own.')
  })
}
