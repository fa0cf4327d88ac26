/** What express-session asks of a store besides get and set; its requests are in test/stores.test.ts. */
import { createRequire } from 'node:module'
import { createProvider, memoryBackend } from '@sentinel-session/core'
import { faultyBackend } from '@sentinel-session/testing'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { expressStore } from './express-store.ts'

// Without its types, which would be those of every request in this repository.
const session = createRequire(import.meta.url)('express-session')

// biome-ignore lint/suspicious/noExplicitAny: sessions of express-session
type Any = any

let backend: ReturnType<typeof newBackend>
let store: ReturnType<typeof expressStore>
const newBackend = (): ReturnType<typeof faultyBackend<ReturnType<typeof memoryBackend>>> =>
  faultyBackend(memoryBackend())
beforeEach(() => {
  backend = newBackend()
  store = expressStore(createProvider(backend))
  // It gives the store its `generate`.
  session({ store, secret: 's', resave: false, saveUninitialized: false, cookie: { maxAge: 60_000 } })
})

function called<X>(call: (callback: (error: unknown, result?: X) => void) => void): Promise<X> {
  return new Promise((resolve, reject) => {
    call((error, result) => (error ? reject(error) : resolve(result as X)))
  })
}

const cookie = { originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000), path: '/', httpOnly: true }

describe('a session of the store', () => {
  it('is one of express-session, with its cookie', async () => {
    await called(done => store.set('a', { cookie, n: 1 } as Any, done))
    const loaded = await called<Any>(done => store.load('a', done))
    expect([loaded.id, loaded.n, loaded.cookie.originalMaxAge]).toEqual(['a', 1, 60_000])
    expect(loaded.cookie.expires).toBeInstanceOf(Date)
    expect(loaded.cookie.serialize('sid', 'v')).toMatch(/^sid=v; Path=\/; Expires=.+; HttpOnly$/)
    loaded.n = 2
    await called(done => loaded.save(done))
    const again = await called<Any>(done => store.load('a', done))
    expect(again.n).toBe(2)
    expect(await called(done => store.load('b', done))).toBeUndefined()
  })

  it('has the end that its cookie has, and after a touch the new one', async () => {
    await called(done => store.set('a', { cookie } as Any, done))
    const expires = new Date(Date.now() + 600_000)
    await called(done => store.touch('a', { cookie: { ...cookie, expires } }, done))
    const { cookie: read } = await called<Any>(done => store.get('a', done))
    expect(read.expires).toBe(expires.toISOString())
  })

  it('without an end of its own lives for ttl', async () => {
    const brief = expressStore(createProvider(backend, { keyPrefix: 'brief:' }), { ttl: '20ms' })
    await called(done => brief.set('a', { cookie: { expires: null } }, done))
    await expect.poll(() => called(done => brief.get('a', done))).toBeNull()
    expect(() => expressStore(createProvider(backend), { ttl: 0 })).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_DURATION' }),
    )
    expect(() => expressStore(createProvider(backend), { maxAge: 1 } as object)).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_OPTION' }),
    )
  })

  it('is listed, counted and cleared', async () => {
    for (const sid of ['a', 'b']) await called(done => store.set(sid, { cookie, sid } as Any, done))
    const all = await called<Any[]>(done => store.all(done))
    expect(all.map(({ sid }) => sid).toSorted()).toEqual(['a', 'b'])
    expect(await called(done => store.length(done))).toBe(2)
    await called(done => store.clear(done))
    expect(await called(done => store.length(done))).toBe(0)
  })
})

describe('a failure', () => {
  it('is for the callback', async () => {
    backend.fail('read')
    await expect(called(done => store.get('a', done))).rejects.toMatchObject({ status: 503 })
    await expect(called(done => store.load('a', done))).rejects.toMatchObject({ status: 503 })
  })

  it('is for the listeners of error where there is none, and ends no process', async () => {
    backend.fail('end')
    store.destroy('a')
    await new Promise(resolve => setImmediate(() => setImmediate(resolve)))
    const told = vi.fn()
    store.on('error', told)
    store.destroy('a')
    await expect.poll(() => told.mock.calls.length).toBe(1)
    expect(told.mock.calls[0]![0]).toMatchObject({ code: 'ERR_BACKEND_UNAVAILABLE' })
  })
})
