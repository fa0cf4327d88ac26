/** What one session takes in Redis, ours and those of the peers, with the same values in it. */
import { startContestant } from '../compare/contestant.mjs'
import { CONTESTANTS } from '../compare/contestants.mjs'
import { SESSIONS } from '../compare/workloads.mjs'
import { copies } from '../growth/copies.mjs'
import { markdownTable } from '../markdown-table.mjs'
import { lollipopChart } from '../plot/lollipop-chart.mjs'
import { boundSession, boundToTen, tombstone } from './our-records.mjs'
import { usedMemory } from './used-memory.mjs'

const TITLE = 'What a session takes in Redis'
/** How many copies of it are made to see what all of it costs. */
const COPIES = { 500: 100_000, 20000: 10_000 }
const PATIENCE_MS = 5_000
const WITHOUT_RECORDS = new Set(['floor', 'iron-session'])
const OURS_BESIDE = { 'ours, of a user': boundSession, 'ours, one of ten': boundToTen }

export async function storedSessions({ client, deployment, log }) {
  const measured = []
  for (const size of Object.keys(COPIES).map(Number)) {
    for (const [framework, kinds] of Object.entries(CONTESTANTS)) {
      for (const kind of kinds) {
        if (WITHOUT_RECORDS.has(kind) || measured.some(each => each.kind === kind && each.size === size)) continue
        await client.flushall()
        const contestant = await startContestant(framework, kind, deployment, { visitors: 1 })
        await contestant.logIn(size)
        await anyStored(client)
        await contestant.end()
        measured.push({ kind, size, ...(await sizesOf(client, COPIES[size])) })
        log(`${kind}, ${size} bytes`)
      }
    }
    for (const [kind, make] of Object.entries(OURS_BESIDE)) {
      await client.flushall()
      const sessions = await make(deployment, SESSIONS[size])
      measured.push({ kind, size, ...(await sizesOf(client, COPIES[size], sessions)) })
    }
  }
  await client.flushall()
  await tombstone(deployment, SESSIONS[500])
  const ended = await sizesOf(client, COPIES[500])
  return {
    title: TITLE,
    text: `${table(measured)}\n\n${afterLogout(ended)}`,
    picture: draw(measured),
  }
}

/** Some answer before they have stored. */
async function anyStored(client) {
  const end = performance.now() + PATIENCE_MS
  while ((await client.dbsize()) === 0) if (performance.now() > end) throw new Error('Nothing was stored.')
}

/** `sessions`: how many of them the store holds now, in as many keys and an index. Each is copied; the index with its share. */
async function sizesOf(client, count, sessions = 1) {
  const sizes = { key: 0, value: 0, usage: 0 }
  const keys = await client.keys('*')
  for (const key of keys) {
    const share = 1 / sessions
    sizes.key += key.length * share
    sizes.value += (await bytesOf(client, key)) * share
    sizes.usage += (await client.memory('USAGE', key, 'SAMPLES', 0)) * share
  }
  const before = await usedMemory(client)
  for (const key of keys) await copies(client, key, 0, count / sessions)
  return { ...sizes, used: ((await usedMemory(client)) - before) / count }
}

/** Of a record, or of the index of a user. */
async function bytesOf(client, key) {
  if ((await client.type(key)) === 'string') return client.strlen(key)
  const fields = Object.entries(await client.hgetall(key))
  return fields.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
}

function table(measured) {
  const head = ['', 'values as JSON', 'keys B', 'values B', 'MEMORY USAGE', 'used_memory each', 'more than the JSON']
  const rows = measured.map(({ kind, size, key, value, usage, used }) => {
    const json = JSON.stringify(SESSIONS[size]).length
    return [kind, json, key.toFixed(0), value.toFixed(0), usage.toFixed(0), used.toFixed(0), (used - json).toFixed(0)]
  })
  return markdownTable(head, rows)
}

function afterLogout({ key, value, usage, used }) {
  const sizes = `a key of ${key} bytes, a value of ${value}, MEMORY USAGE ${usage}, used_memory ${used.toFixed(0)}`
  return `After a logout a tombstone stands for 180 s: ${sizes}.`
}

function draw(measured) {
  const panels = Object.keys(COPIES).map(size => ({
    title: Number(size) < 1000 ? `${size} bytes` : `${size / 1000} KB`,
    groups: [{ title: 'used_memory', rows: measured.filter(each => each.size === Number(size)).map(rowOf) }],
  }))
  const subtitle =
    'Bytes of used_memory for each of many sessions, by the bytes of its values as JSON. With key, deadline and tables of Redis.'
  return lollipopChart({ title: TITLE, subtitle, axis: 'times the values', panels })
}

function rowOf({ kind, size, used }) {
  const value = used / JSON.stringify(SESSIONS[size]).length
  return { name: kind, isOurs: kind.startsWith('ours'), value, low: value, high: value }
}
