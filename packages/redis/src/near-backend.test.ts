/** Which replies of the store are kept near: orders of events that a real network plays only by chance. */
import type { StoredRecord } from '@sentinel-session/core'
import { expect, it } from 'vitest'
import { NearBackend } from './near-backend.ts'
import { NearCache } from './near-cache.ts'
import type { RedisBackend } from './redis-backend.ts'

const record = (body: string): StoredRecord => {
  return { createdAt: 0, expiresAt: Date.now() + 60_000, body, revisions: body }
}

const VERBS = ['create', 'read', 'replace', 'touch', 'end']

/** Over a store whose every verb answers so. */
function nearTo(answer: () => Promise<never>) {
  const store = { capabilities: new Set(), ...Object.fromEntries(VERBS.map(verb => [verb, answer])) }
  const cache = new NearCache(10)
  const tracking = { sureUntil: Number.POSITIVE_INFINITY, ready: async () => {}, close: () => {} }
  const backend = new NearBackend(store as unknown as RedisBackend, cache, tracking, 's:')
  const keep = (body: string): void => cache.end(cache.begin('s:1'), record(body))
  return { backend, cache, tracking, keep }
}

/** A store whose answers come when the test says so. */
function slowStore() {
  const answers: ((answer: never) => void)[] = []
  const near = nearTo(() => new Promise<never>(resolve => answers.push(resolve)))
  /** To the first question that has none, or to the one at this place. */
  const answer = (it: unknown, at = 0): void => answers.splice(at, 1)[0]!(it as never)
  return { ...near, answer }
}

const failingStore = () =>
  nearTo(async () => {
    throw new Error('unknown')
  })

const base = record('base')
const writes: [string, (backend: NearBackend) => Promise<unknown>][] = [
  ['create', backend => backend.create('s:1', base)],
  ['replace', backend => backend.replace('s:1', base, base)],
  ['touch', backend => backend.touch('s:1', 1)],
  ['end', backend => backend.end('s:1', { kind: 'destroyed' })],
]

it.each(writes)('a read that %s overtakes is not kept', async (_verb, write) => {
  const { backend, cache, answer } = slowStore()
  const reading = backend.read('s:1')
  const writing = write(backend)
  answer({ outcome: 'ok' }, 1)
  await writing
  answer(record('old'))
  expect(await reading).toMatchObject({ body: 'old' })
  expect(cache.size).toBe(0)
})

it.each(writes)('what is near is served until %s is answered, and not afterwards', async (_verb, write) => {
  const { backend, cache, answer, keep } = slowStore()
  keep('old')
  const writing = write(backend)
  expect(await backend.read('s:1')).toMatchObject({ body: 'old' })
  answer({ outcome: 'ok' })
  await writing
  expect(cache.size).toBe(0)
})

it.each(writes)('nothing is near when the outcome of %s is unknown', async (_verb, write) => {
  const { backend, cache, keep } = failingStore()
  keep('old')
  await expect(write(backend)).rejects.toThrow('unknown')
  expect(cache.size).toBe(0)
})

it('what a fresh read finds is known to all that read after it', async () => {
  const { backend, cache, answer, keep } = slowStore()
  keep('old')
  const reading = backend.read('s:1', { fresh: true })
  answer(null)
  expect(await reading).toBeNull()
  expect(cache.size).toBe(0)
})

it('while it is not sure to hear of changes nothing is served, and nothing kept', async () => {
  const { backend, tracking, answer, keep } = slowStore()
  keep('old')
  tracking.sureUntil = performance.now()
  const reading = backend.read('s:1')
  answer(record('new'))
  expect(await reading).toMatchObject({ body: 'new' })
  tracking.sureUntil = Number.POSITIVE_INFINITY
  expect(await backend.read('s:1')).toMatchObject({ body: 'old' })
})

it('a read that fails, or finds nothing, leaves nothing behind', async () => {
  const failing = failingStore()
  await expect(failing.backend.read('s:1')).rejects.toThrow('unknown')
  expect(failing.cache.size).toBe(0)
  for (const found of [null, 'retired']) {
    const { backend, cache, answer } = slowStore()
    const reading = backend.read('s:1')
    answer(found)
    expect(await reading).toBe(found)
    expect(cache.size).toBe(0)
  }
})
