/**
 * For how long after a session was ended or changed by one process another one still serves what it was, and what it costs to keep
 * sessions near. Prints Markdown tables.
 */
import { setImmediate as turn } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { redisSentinelProvider } from '@sentinel-session/redis'
import { startSentinel } from '@sentinel-session/testing/sentinel'
import { Redis } from 'ioredis'
import { markdownTable } from './markdown-table.mjs'
import { startDeafProxy } from './near-cache/deaf-proxy.mjs'
import { quantile } from './statistics.mjs'

const { values: options } = parseArgs({
  options: {
    times: { type: 'string', default: '1000' },
    frozen: { type: 'string', default: '20' },
    writers: { type: 'string', default: '32' },
  },
})
const [times, frozenTimes, writers] = [options.times, options.frozen, options.writers].map(Number)
/** About what a session of a shop holds. */
const CART = 'x'.repeat(400)
const ENTRIES = 10_000
const TOLD = 200_000

const trio = await startSentinel()
const primary = await trio.currentPrimary()
const proxy = await startDeafProxy(primary)
const redis = new Redis(primary.port, primary.host)
const { savePath } = trio
const natMap = ({ host }) => ({ host, port: proxy.port })
const elsewhere = redisSentinelProvider({ savePath })
const near = redisSentinelProvider({ savePath, natMap, nearCache: { maxEntries: ENTRIES } })
const hasty = redisSentinelProvider({ savePath, natMap, nearCache: { maxAge: '200ms' } })
try {
  for (const provider of [elsewhere, near, hasty]) await provider.ready()
  const rows = [
    await row('a logout', times, () => seenAfter(near, end)),
    await row('a change', times, () => seenAfter(near, change)),
  ]
  const work = writeOn(writers)
  rows.push(await row(`a logout, beside ${writers} writers`, times, () => seenAfter(near, end)))
  await work.stop()
  rows.push(await row("a logout, the line frozen, maxAge '1s'", frozenTimes, () => seenWhileFrozen(near)))
  rows.push(await row("a logout, the line frozen, maxAge '200ms'", frozenTimes, () => seenWhileFrozen(hasty)))
  console.log(markdownTable(['', 'times', 'at once', 'p50 ms', 'p99 ms', 'max ms'], rows))
  console.log(`\n${markdownTable(['what it costs', ''], [await memory(), await telling()])}`)
} finally {
  for (const provider of [elsewhere, near, hasty]) await provider.close()
  proxy.stop()
  redis.disconnect()
  await trio.stop()
}

async function row(name, count, measure) {
  const all = []
  for (let n = 0; n < count; n++) all.push(await measure())
  const atOnce = all.filter(ms => ms === 0).length / count
  const figures = [quantile(all, 0.5), quantile(all, 0.99), Math.max(...all)].map(ms => ms.toFixed(2))
  return [name, count, `${(atOnce * 100).toFixed(0)} %`, ...figures]
}

async function logIn(provider) {
  const session = await provider.sessionRead('')
  session.set('cart', CART)
  await session.save()
  return session.sessionId()
}

/** Reads until it is served from memory. */
async function keepNear(provider, sid) {
  for (;;) {
    const { hits } = provider.report().nearCache
    await provider.sessionRead(sid)
    if (provider.report().nearCache.hits > hits) return
    await turn()
  }
}

async function end(sid) {
  await elsewhere.sessionDestroy(sid)
  return session => session.isNew
}

async function change(sid) {
  const session = await elsewhere.sessionRead(sid)
  session.set('n', 1)
  await session.save()
  return there => there.get('n') === 1
}

/** How many ms after the answer to the write the last read began that did not show it; 0: there was none. */
async function seenAfter(provider, write) {
  const sid = await logIn(elsewhere)
  await keepNear(provider, sid)
  return stale(provider, sid, await write(sid))
}

async function seenWhileFrozen(provider) {
  const sid = await logIn(elsewhere)
  await keepNear(provider, sid)
  // At any time between two heartbeats.
  await new Promise(resolve => setTimeout(resolve, Math.random() * 250))
  await keepNear(provider, sid)
  proxy.deafen(true)
  try {
    return await stale(provider, sid, await end(sid))
  } finally {
    proxy.deafen(false)
  }
}

async function stale(provider, sid, shows) {
  const answeredAt = performance.now()
  for (let ms = 0; ; ) {
    const began = performance.now()
    if (shows(await provider.sessionRead(sid))) return ms
    ms = began - answeredAt
    await turn()
  }
}

/** So many change sessions of their own meanwhile. */
function writeOn(count) {
  let isOver = false
  const write = async () => {
    const session = await elsewhere.sessionRead(await logIn(elsewhere))
    for (let n = 0; !isOver; n++) {
      session.set('n', n)
      await session.save()
    }
  }
  const all = Array.from({ length: count }, write)
  return {
    async stop() {
      isOver = true
      await Promise.all(all)
    },
  }
}

async function memory() {
  const name = `memory of an entry, a session of ${CART.length} bytes`
  if (globalThis.gc === undefined) return [name, 'node --expose-gc']
  const sids = []
  for (let n = 0; n < ENTRIES; n++) sids.push(await logIn(elsewhere))
  const read = async () => {
    for (const sid of sids) await near.sessionRead(sid)
  }
  // Deadlines are remembered in any case.
  await read()
  await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
  while (near.report().nearCache.entries > 0) await turn()
  const before = await heap()
  while (near.report().nearCache.entries < ENTRIES) await read()
  const bytes = ((await heap()) - before) / ENTRIES
  return [name, `${bytes.toFixed(0)} bytes`]
}

async function heap() {
  for (let n = 0; n < 3; n++) {
    await turn()
    globalThis.gc()
  }
  return process.memoryUsage().heapUsed
}

/** What it costs this process to be told of sessions that it does not keep. */
async function telling() {
  const script = "for n = 1, 1000 do redis.call('SET', 'sess:' .. ARGV[1] .. string.rep('k', 38) .. n, '', 'PX', 1) end"
  await redis.eval(script, 0, 'a')
  await near.sessionRead(await logIn(elsewhere))
  const before = process.cpuUsage()
  for (let n = 0; n < TOLD / 1000; n++) await redis.eval(script, 0, n)
  await keepNear(near, await logIn(elsewhere))
  const { user, system } = process.cpuUsage(before)
  // Two providers listen.
  return ['CPU of a change that another process makes', `${((user + system) / TOLD / 2).toFixed(2)} us`]
}
