/** What sessions take in the process that serves them, and whether it gives it back. */
import { createSessionManager } from '@sentinel-session/core'
import { redisSentinelProvider } from '@sentinel-session/redis'
import { SESSIONS } from '../compare/workloads.mjs'
import { logIn } from '../log-in.mjs'
import { markdownTable } from '../markdown-table.mjs'
import { keptOutside } from './kept-outside.mjs'

/** As many as a process knows the deadlines of. */
const SEEN = 65_000
const BEYOND = 65_536
const WRITTEN = 20_000
const OPEN = 2_000
const REST_MS = 75_000
const VALUES = SESSIONS[500]

export async function processMemory({ deployment, rests, log }) {
  const sids = keptOutside(SEEN + BEYOND)
  await fill(deployment, sids)
  log(`${SEEN + BEYOND} sessions written`)
  const rows = []
  const reader = redisSentinelProvider({ ...deployment, journal: false })
  const writer = redisSentinelProvider(deployment)
  try {
    for (const provider of [reader, writer]) await logIn(provider, VALUES)

    const atFirst = await heap()
    const read = async at => void (await reader.sessionRead(sids.get(at)))
    rows.push(['read, the first of all: its deadline', ...(await each(SEEN, read)), ''])
    rows.push(['read, those beyond', ...(await each(BEYOND, at => read(SEEN + at))), ''])
    rows.push(...(await openRequests(deployment, sids)))
    const written = await each(WRITTEN, () => logIn(writer, VALUES))
    rows.push(['written in the last minute: deadline and journal', ...written, journalOf(writer)])
    if (rests) {
      log(`${REST_MS / 1000} s of rest`)
      await new Promise(resolve => setTimeout(resolve, REST_MS))
      const left = (await heap()) - atFirst
      rows.push([
        'kept after a minute of rest: their deadlines',
        SEEN + WRITTEN,
        left / (SEEN + WRITTEN),
        journalOf(writer),
      ])
    }
  } finally {
    for (const provider of [reader, writer]) await provider.close()
  }
  const head = ['', 'sessions', 'bytes of heap each', 'journal: entries, its own count of bytes']
  const cells = rows.map(([what, count, bytes, journal]) => [what, count, Math.round(bytes), journal])
  return { title: 'What a session takes in the process', text: markdownTable(head, cells) }
}

/** By a provider of its own: what it keeps must not shrink while others are measured. */
async function fill(deployment, sids) {
  const provider = redisSentinelProvider(deployment)
  await batches(0, SEEN + BEYOND, async at => sids.set(at, (await logIn(provider, VALUES)).sessionId()))
  await provider.close()
}

/** While the handler runs: opened only, read, and with a change that is not committed yet. */
async function openRequests(deployment, sids) {
  const provider = redisSentinelProvider({ ...deployment, journal: false })
  const manager = createSessionManager({ provider })
  await batches(0, OPEN, at => provider.sessionRead(sids.get(at)))
  const rows = []
  const kinds = {
    'open request': () => undefined,
    'open request that has read': session => session.get('user'),
    'open request that has changed': session => session.update('n', n => n + 1),
  }
  for (const [what, use] of Object.entries(kinds)) {
    const held = []
    const open = async at => {
      const opened = await manager.open(requestOf(sids.get(at)))
      use(opened.session)
      held.push(opened)
    }
    rows.push([`${what}, values of 500 bytes`, ...(await each(OPEN, open)), ''])
    held.length = 0
  }
  await provider.close()
  return rows
}

function requestOf(sid) {
  const headers = { cookie: `__Host-sid=${sid}` }
  return { secure: true, host: 'localhost', url: '/', header: name => headers[name.toLowerCase()] }
}

/** How many there are, and by how much the heap has grown for each. */
async function each(count, make) {
  const before = await heap()
  await batches(0, count, make)
  return [count, ((await heap()) - before) / count]
}

async function batches(from, to, make) {
  for (let at = from; at < to; at += 100) {
    await Promise.all(Array.from({ length: Math.min(100, to - at) }, (_, n) => make(at + n)))
  }
}

const journalOf = provider => {
  const { entries, bytes } = provider.report().journal
  return `${entries}, ${bytes}`
}

/** With what lies outside of it. What finalizers let go of is gone with the second collection. */
async function heap() {
  globalThis.gc()
  await new Promise(resolve => setImmediate(resolve))
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
