/** What sessions take in the process that serves them, and whether it gives it back. */
import { createSessionManager } from '@sentinel-session/core'
import { redisSentinelProvider } from '@sentinel-session/redis'
import { SESSIONS } from '../compare/workloads.mjs'
import { logIn } from '../log-in.mjs'
import { markdownTable } from '../markdown-table.mjs'
import { keptOutside } from './kept-outside.mjs'

const SEEN = 65_536
const MORE = 20_000
const OPEN = 2_000
const REST_MS = 75_000
const VALUES = SESSIONS[500]

export async function processMemory({ deployment, rests, log }) {
  const sids = keptOutside(SEEN + MORE)
  const rows = []
  const open = options => redisSentinelProvider({ ...deployment, ...options })
  // Who only fills the store keeps no journal, which would shrink while others are measured.
  const [filler, reader, writer] = [open({ journal: false }), open({ journal: false }), open({})]
  try {
    for (const provider of [filler, reader, writer]) await logIn(provider, VALUES)
    await batches(0, SEEN + MORE, async at => sids.set(at, (await logIn(filler, VALUES)).sessionId()))
    log(`${SEEN + MORE} sessions written`)

    const atFirst = await heap()
    const read = async at => void (await reader.sessionRead(sids.get(at)))
    rows.push(['read, the first 65 536: its deadline', ...(await each(SEEN, read)), ''])
    rows.push(['read, those beyond', ...(await each(MORE, at => read(SEEN + at))), ''])
    rows.push(...(await openRequests(reader, sids)))
    const written = await each(MORE, () => logIn(writer, VALUES))
    rows.push(['written in the last minute: deadline and journal', ...written, journalOf(writer)])
    if (rests) {
      log(`${REST_MS / 1000} s of rest`)
      await new Promise(resolve => setTimeout(resolve, REST_MS))
      const left = (await heap()) - atFirst
      rows.push(['kept after a minute of rest: their deadlines', SEEN + MORE, left / (SEEN + MORE), journalOf(writer)])
    }
  } finally {
    for (const provider of [filler, reader, writer]) await provider.close()
  }
  const head = ['', 'sessions', 'bytes of heap each', 'journal: entries, its own count of bytes']
  const cells = rows.map(([what, count, bytes, journal]) => [what, count, bytes.toFixed(0), journal])
  return { title: 'What a session takes in the process', text: markdownTable(head, cells) }
}

/** While the handler runs: opened only, read, and with a change that is not committed yet. */
async function openRequests(provider, sids) {
  const manager = createSessionManager({ provider })
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
