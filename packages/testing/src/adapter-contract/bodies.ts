/** Whatever the body is: the cookie is in its head, and it arrives as it was sent. */
import { createProvider, createSessionManager, memoryBackend, type SessionEvent } from '@sentinel-session/core'
import { isTrue, same } from '../check.ts'
import { cookieOf, count, gate, get, show, withCookie } from './requests.ts'
import type { AdapterCase, Route } from './subject.ts'

const withBody = (path: string, answer: Route['run']): Route =>
  get(path, (session, reply, second) => {
    session.set('path', path)
    return answer(session, reply, second)
  })

export function bodies(test: AdapterCase): void {
  const empty = withBody('/empty', (_, reply) => reply.status(204))
  test('a response without a body carries its cookie', { options: {}, routes: [empty] }, async visit => {
    const response = await visit('/empty')
    same([response.status, await response.text(), cookieOf(response) === ''], [204, '', false], 'the answer')
  })

  const head: Route = { method: 'HEAD', path: '/', run: (session, reply) => count(session, reply) }
  test('HEAD has a cookie and no body', { options: {}, routes: [head] }, async visit => {
    const response = await visit('/', { method: 'HEAD' })
    same([response.status, await response.text(), cookieOf(response) === ''], [200, '', false], 'the answer')
  })

  const megabyte = 'sixteen letters.'.repeat(65_536)
  const large = withBody('/large', (_, reply) => reply.send(megabyte))
  test('a large body arrives whole', { options: {}, routes: [large] }, async visit => {
    const response = await visit('/large')
    isTrue((await response.text()) === megabyte, 'The body must be the same.')
    cookieOf(response)
  })

  const file = withBody('/file', (_, reply) => reply.file())
  test('a file is sent with a cookie', { options: {}, routes: [file] }, async visit => {
    const response = await visit('/file')
    const size = (await response.arrayBuffer()).byteLength
    isTrue(size >= 65_536, `The file has only ${size} bytes.`)
    cookieOf(response)
  })

  let firstRead = gate()
  const streaming = withBody('/stream', (_, reply) => {
    firstRead = gate()
    const { opened } = firstRead
    reply.header('Content-Type', 'text/event-stream')
    reply.stream(
      (async function* () {
        yield 'data: one\n\n'
        await opened
        yield 'data: two\n\n'
      })(),
    )
  })
  test('a stream has its cookie in the head, and is not held back', {
    options: {},
    routes: [streaming, get('/show', show)],
  }, async visit => {
    const response = await visit('/stream')
    same(response.headers.get('content-type'), 'text/event-stream', 'Content-Type')
    const session = await visit('/show', withCookie(cookieOf(response)))
    same(await session.json(), { path: '/stream' }, 'what is stored while the stream runs')
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    same((await reader.read()).value, 'data: one\n\n', 'the first chunk, before the second is made')
    firstRead.open()
    let rest = ''
    for (let part = await reader.read(); !part.done; part = await reader.read()) rest += part.value
    same(rest, 'data: two\n\n', 'the rest')
  })

  const chunks = Array.from({ length: 500 }, (_, i) => `${i}:${'x'.repeat(8_192)}\n`)
  const fast = withBody('/fast', (_, reply) =>
    reply.stream(
      (async function* () {
        yield* chunks
      })(),
    ),
  )
  test('four megabytes in chunks arrive in order, however slowly they are read', {
    options: {},
    routes: [fast],
  }, async visit => {
    const response = await visit('/fast')
    cookieOf(response)
    await new Promise(resolve => setTimeout(resolve, 20))
    isTrue((await response.text()) === chunks.join(''), 'The body must be the same.')
  })

  const events: SessionEvent[] = []
  const [headArrived, ended] = [gate(), gate()]
  const late = withBody('/late', (session, reply) => {
    reply.stream(
      (async function* () {
        yield 'head\n'
        await headArrived.opened
        session.set('unsaved', 1)
        session.update('n', n => (n ?? 0) + 1)
        yield 'done\n'
        await session.save().finally(ended.open)
      })(),
    )
  })
  const observed = {
    options: { onEvent: (event: SessionEvent) => void events.push(event) },
    routes: [late, get('/show', show)],
  }
  test('what changes while streaming is reported, and kept by save()', observed, async visit => {
    const response = await visit('/late')
    headArrived.open()
    same(await response.text(), 'head\ndone\n', 'the body')
    await ended.opened
    isTrue(
      events.some(({ type }) => type === 'changed-late'),
      'changed-late must be reported.',
    )
    const session = await visit('/show', withCookie(cookieOf(response)))
    same(await session.json(), { path: '/late', unsaved: 1, n: 1 }, 'the session')
  })

  const compressed = {
    options: {},
    compressed: true,
    routes: [withBody('/', (_, reply) => reply.send('again and '.repeat(2_000)))],
  }
  test('compression around it changes nothing', compressed, async visit => {
    const response = await visit('/', { headers: { 'accept-encoding': 'gzip' } })
    same(response.headers.get('content-encoding'), 'gzip', 'Content-Encoding')
    same((await response.text()).length, 20_000, 'the length of the body')
    cookieOf(response)
  })

  const provider = createProvider(memoryBackend())
  const manager = createSessionManager({ provider })
  const [entered, left] = [gate(), gate()]
  let sid = ''
  const slow = get('/slow', async (session, reply) => {
    session.set('order', 'tea')
    sid = session.sessionId()
    entered.open()
    await left.opened
    reply.send('nobody reads this')
  })
  test('who leaves before the answer loses nothing', { options: { provider }, routes: [slow] }, async visit => {
    const leaving = new AbortController()
    const answer = visit('/slow', { signal: leaving.signal }).catch(() => 'left')
    await entered.opened
    leaving.abort()
    same(await answer, 'left', 'the request')
    await new Promise(resolve => setTimeout(resolve, 50))
    left.open()
    let stored: unknown
    for (let tries = 0; stored === undefined && tries < 200; tries += 1) {
      await new Promise(resolve => setTimeout(resolve, 10))
      stored = (await manager.read(sid))?.get('order')
    }
    same(stored, 'tea', 'what is stored')
  })
}
