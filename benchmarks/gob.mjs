/** What Beego's gob costs next to JSON: reading a session, and writing it again with one value changed. No Redis. Prints a Markdown table. */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { gobCodec } from '@sentinel-session/beego'
import { richJson } from '@sentinel-session/core'
import { markdownTable } from './markdown-table.mjs'
import { median, quantile } from './statistics.mjs'

const HEAD = ['session', 'codec', 'bytes', 'read CPU us', 'p90', 'write CPU us', 'p90']

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '40' }, ms: { type: 'string', default: '100' } },
})

/** What an application keeps: who it is, and lists of small things. */
function sessionOf(items) {
  const item = i => ({
    id: 1000 + i,
    name: `article ${i}`,
    price: 9.95 + i,
    tags: ['new', 'sale'],
    inStock: i % 2 === 0,
  })
  return {
    uid: 42,
    name: 'ada lovelace',
    token: 'f3c1b2a4'.repeat(8),
    visits: 17,
    cart: Array.from({ length: items }, (_, i) => item(i)),
    prefs: { theme: 'dark', size: 12, ratio: 1.5, flags: { beta: true, mail: false } },
  }
}

/** So many items make the JSON about so long. */
const SESSIONS = [
  ['500 bytes', sessionOf(3)],
  ['20 KB', sessionOf(245)],
]
const place = { key: 'k', header: '' }

const rows = []
for (const [size, values] of SESSIONS) {
  for (const codec of [richJson(), gobCodec()]) {
    const stored = codec.encode(values, place)
    const read = codec.decode(stored, place)
    let visits = 0
    const write = () => codec.encode({ ...read, visits: ++visits }, { ...place, replaces: stored })
    const [reading, writing] = measure([() => codec.decode(stored, place), write])
    const cells = [reading, writing].flatMap(times => [median(times), quantile(times, 0.9)].map(us => us.toFixed(1)))
    rows.push([size, codec.name, Buffer.byteLength(stored), ...cells])
  }
}
console.log(`Node ${process.version}, ${cpus().length} cores, ${options.rounds} rounds of ${options.ms} ms.\n`)
console.log(markdownTable(HEAD, rows))

/** Microseconds of CPU per call in each round, the collector's included. The functions take turns, so that a busy moment meets all of them. */
function measure(functions) {
  const times = functions.map(() => [])
  for (let round = -5; round < Number(options.rounds); round++) {
    for (const [i, run] of functions.entries()) {
      const us = once(run)
      if (round >= 0) times[i].push(us)
    }
  }
  return times
}

function once(run) {
  const end = performance.now() + Number(options.ms)
  const before = process.cpuUsage()
  let calls = 0
  while (performance.now() < end) {
    for (let i = 0; i < 20; i++) run()
    calls += 20
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / calls
}
