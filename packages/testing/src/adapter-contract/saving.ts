/** The head leaves after the save; what cannot be saved is an error and not a page. */
import { createProvider, memoryBackend, type Provider, type SessionStore } from '@sentinel-session/core'
import { isTrue, same } from '../check.ts'
import { type Faults, faultyBackend } from '../faulty-backend.ts'
import { cookieOf, count, get, show, withCookie } from './requests.ts'
import type { AdapterCase, Reply } from './subject.ts'

interface FaultyStore {
  store: Faults & { count(): Promise<number> }
  provider: Provider
}

function faultyStore(): FaultyStore {
  const store = faultyBackend(memoryBackend())
  return { store, provider: createProvider(store) }
}

const login = (session: SessionStore, reply: Reply): void => {
  session.set('user', 'ada')
  reply.header('ETag', '"of-the-page"')
  reply.header('Cache-Control', 'public, max-age=60')
  reply.redirect('/show')
}

export function saving(test: AdapterCase): void {
  const slow = faultyStore()
  const slowly = { options: { provider: slow.provider }, routes: [get('/login', login)] }
  test('a redirect does not overtake its session', slowly, async visit => {
    slow.store.delay('create', '50ms')
    const response = await visit('/login')
    same([response.status, await slow.store.count()], [302, 1], 'the status, and what is stored by then')
    same(response.headers.get('cache-control'), 'no-store', 'Cache-Control beside a cookie')
  })

  const failing = faultyStore()
  const failingLogin = { options: { provider: failing.provider }, routes: [get('/login', login), get('/', count)] }
  test('a save that fails is 503 with Retry-After, and nothing of the page', failingLogin, async visit => {
    failing.store.fail('create')
    const { status, headers } = await visit('/login')
    same([status, headers.get('retry-after'), headers.getSetCookie()], [503, '1', []], 'the answer')
    const left = ['location', 'etag', 'cache-control'].filter(name => headers.get(name)?.match(/show|page|public/))
    same(left, [], 'headers of the page')
    failing.store.heal()
    same(await (await visit('/')).text(), '1', 'the next request')
  })

  const creating = faultyStore()
  const created = get('/created', (session, reply) => {
    session.set('a', 1)
    reply.status(201)
    reply.send('created')
  })
  const creation = { options: { provider: creating.provider }, routes: [created] }
  test('the status of the handler does not outlive a save that fails', creation, async visit => {
    creating.store.fail('create')
    const response = await visit('/created')
    same([response.status, (await response.text()).includes('created')], [503, false], 'the answer')
  })

  const gone = faultyStore()
  let ran = 0
  const handler = get('/', (session, reply) => {
    ran += 1
    count(session, reply)
  })
  test('a store that cannot be asked is 503, and no empty session', {
    options: { provider: gone.provider },
    routes: [handler],
  }, async visit => {
    const cookie = cookieOf(await visit('/'))
    gone.store.fail('read')
    const response = await visit('/', withCookie(cookie))
    same(
      [response.status, response.headers.get('retry-after'), ran],
      [503, '1', 1],
      'status, Retry-After, handlers run',
    )
    same(response.headers.getSetCookie(), [], 'Set-Cookie')
    gone.store.heal()
    same(await (await visit('/', withCookie(cookie))).text(), '2', 'the session')
  })

  const idle = faultyStore()
  const lazy = {
    options: { provider: idle.provider, load: 'lazy' as const },
    routes: [
      get('/', (_, reply) => reply.send('no look')),
      get('/n', async (session, reply) => count(await session.load(), reply)),
    ],
  }
  test('a lazy session is not read unless it is asked for', lazy, async visit => {
    const cookie = cookieOf(await visit('/n'))
    idle.store.fail('read')
    same((await visit('/', withCookie(cookie))).status, 200, 'without a look')
    same((await visit('/n', withCookie(cookie))).status, 503, 'with a look')
  })

  const lost = faultyStore()
  const throwing = get('/', session => {
    session.set('a', 1)
    throw new Error('of the handler')
  })
  test('a handler that throws is 500, and nothing is stored', {
    options: { provider: lost.provider },
    routes: [throwing],
  }, async visit => {
    const response = await visit('/')
    same([response.status, response.headers.getSetCookie()], [500, []], 'the answer')
    same(await lost.store.count(), 0, 'stored sessions')
  })

  const destroying = faultyStore()
  const logout = get('/logout', async (session, reply) => {
    await session.destroy()
    reply.send('bye')
  })
  const logouts = { options: { provider: destroying.provider }, routes: [get('/', count), logout, get('/show', show)] }
  test('a logout that fails says so with its own status', logouts, async visit => {
    const cookie = cookieOf(await visit('/'))
    destroying.store.fail('end')
    const response = await visit('/logout', withCookie(cookie))
    same([response.status, response.headers.getSetCookie()], [503, []], 'the answer')
    destroying.store.heal()
    same(await (await visit('/show', withCookie(cookie))).json(), { n: 1 }, 'the session')
  })

  const kept = faultyStore()
  const notFound = get('/missing', (session, reply) => {
    session.update('n', n => (n ?? 0) + 1)
    reply.status(404)
    reply.send('nothing here')
  })
  test('a 404 of a handler is a page like others', {
    options: { provider: kept.provider },
    routes: [notFound],
  }, async visit => {
    const response = await visit('/missing')
    same([response.status, await response.text()], [404, 'nothing here'], 'the answer')
    isTrue(cookieOf(response) !== '', 'A cookie is due.')
  })

  test('a path that no route knows is 404, with and without a session', {
    options: {},
    routes: [get('/', count)],
  }, async visit => {
    const cookie = cookieOf(await visit('/'))
    const [without, withOne] = [await visit('/nowhere'), await visit('/nowhere', withCookie(cookie))]
    same([without.status, withOne.status], [404, 404], 'the status')
    same([without.headers.getSetCookie(), withOne.headers.getSetCookie()], [[], []], 'the cookies')
  })
}
