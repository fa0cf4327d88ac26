/**
 * A process of its own, where nothing else allocates: `node <flags> measure-core.mjs <core as one module>` prints what one request costs
 * core over the memory backend, for each kind. What this program itself does for a request is taken off.
 */
import { pathToFileURL } from 'node:url'
import { GCProfiler, promiseHooks } from 'node:v8'

const { createProvider, createSessionManager, memoryBackend } = await import(pathToFileURL(process.argv[2]).href)

/** Enough for all that is hot to be compiled. */
const WARM_UP = 4_000
const REQUESTS = 500
/** In some of them tables grow, or code is compiled once more. */
const ROUNDS = 5

const text = length => 'x'.repeat(length)
const article = (_, i) => ({ id: i, name: text(80), price: { amount: i * 100, currency: 'EUR' } })

/** What the session holds before, if there is one, and what the handler does with it. */
const KINDS = {
  anonymous: { use: () => {} },
  'read of 500 B': { values: { user: 'ada', text: text(480) }, use: session => session.get('user') },
  '20 KB that nobody looks at': { values: { user: 'ada', cart: Array.from({ length: 150 }, article) }, use: () => {} },
  'write of 500 B': { values: { user: 'ada', text: text(480), n: 0 }, use: (session, i) => session.set('n', i) },
  'login with 500 B': {
    values: { text: text(480) },
    use(session, i) {
      session.regenerate()
      session.set('user', i)
    },
  },
}

const manager = createSessionManager({ provider: createProvider(memoryBackend({ maxEntries: 100 })) })
const nothing = { open: async () => ({ commit: async () => ({ append: [] }) }) }

const withCookie = cookie => ({
  secure: true,
  host: 'example.org',
  url: '/',
  header: name => (name === 'cookie' ? cookie : undefined),
})

/** Of the response, if it sets one. */
const cookieOf = ({ append }) => append.find(([name]) => name === 'Set-Cookie')?.[1].split(';', 1)[0]

async function visitor(values = {}) {
  const { session, commit } = await manager.open(withCookie(undefined))
  for (const [key, value] of Object.entries(values)) session.set(key, value)
  return withCookie(cookieOf(await commit({ status: 200 })))
}

/** One after the other, each with the cookie that the one before was given. */
async function requests(count, first, use, from = manager) {
  let facts = first
  for (let i = 1; i <= count; i += 1) {
    const { session, commit } = await from.open(facts)
    use(session, i)
    const cookie = cookieOf(await commit({ status: 200 }))
    if (cookie !== undefined) facts = withCookie(cookie)
  }
  return facts
}

/** Bytes of the heap; they are exact as long as nothing is collected meanwhile. */
async function allocated(work) {
  globalThis.gc()
  const profiler = new GCProfiler()
  profiler.start()
  const before = process.memoryUsage().heapUsed
  await work()
  const bytes = process.memoryUsage().heapUsed - before
  if (profiler.stop().statistics.length > 0) {
    throw new Error(`${REQUESTS} requests filled the young space: they allocate far too much, or it is too small.`)
  }
  return bytes / REQUESTS
}

async function promised(work) {
  let promises = 0
  const stop = promiseHooks.onInit(() => {
    promises += 1
  })
  await work()
  stop()
  return Math.floor(promises / REQUESTS)
}

async function measure({ values, use }, from) {
  let facts = await requests(WARM_UP, await visitor(values), use, from)
  const round = async () => {
    facts = await requests(REQUESTS, facts, use, from)
  }
  const rounds = []
  while (rounds.length < ROUNDS) rounds.push(await allocated(round))
  return { bytes: Math.min(...rounds), promises: await promised(round) }
}

const own = await measure({ use: () => {} }, nothing)
const costs = {}
for (const [kind, what] of Object.entries(KINDS)) {
  const { bytes, promises } = await measure(what, manager)
  costs[kind] = { bytes: Math.round(bytes - own.bytes), promises: promises - own.promises }
}
process.stdout.write(JSON.stringify(costs))
