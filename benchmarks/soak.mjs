/**
 * Many failovers in a row under load: afterwards the ledger balances, and nothing has piled up. Prints a Markdown table and a verdict;
 * exit code 1 when an acknowledged write was lost, doubled or brought back, or somebody saw an error.
 */
import { parseArgs } from 'node:util'
import { redisSentinelProvider } from '@sentinel-session/redis'
import { markdownTable } from './markdown-table.mjs'
import { clusterFaults } from './soak/cluster-faults.mjs'
import { footprint } from './soak/footprint.mjs'
import { Ledger } from './soak/ledger.mjs'
import { Recording } from './soak/recording.mjs'
import { sentinelFaults } from './soak/sentinel-faults.mjs'

const HEAD = [
  'failovers',
  'minute',
  'updates',
  'logouts',
  'errors',
  'stale',
  'empty',
  'resurrected',
  'longest ms',
  'sockets',
  'timers',
  'heap MB',
  'lanes',
  'waiting',
  'journal',
  'journal KB',
]
const EVERY = 10
/** A minute of journal and the ten seconds until it is swept, and what is left of the timers. */
const REST_MS = 75_000
/** What compiled code and warm caches may take for good. */
const HEAP_SLACK = 4_000_000

const { values: options } = parseArgs({
  options: {
    failovers: { type: 'string', default: '200' },
    minutes: { type: 'string', default: '60' },
    'down-after': { type: 'string', default: '300' },
    cluster: { type: 'boolean', default: false },
    replicas: { type: 'string', default: '2' },
    'seconds-between': { type: 'string', default: '0.2' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
    record: { type: 'string' },
    'no-rest': { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
})
if (globalThis.gc === undefined) throw new Error('Run it with node --expose-gc.')
const goal = Number(options.failovers)
const start = performance.now()
const lastStart = start + Number(options.minutes) * 60_000
const rows = []
const problems = []
process.on('warning', warning => problems.push(`${warning.name}: ${warning.message}`))

const recording = new Recording(options.record)
const faults = await (options.cluster ? clusterFaults : sentinelFaults)({
  downAfterMs: Number(options['down-after']),
  replicas: Number(options.replicas),
  secondsBetween: Number(options['seconds-between']),
  seed: Number(options.seed),
  tell,
})
const providers = ['a', 'b'].map(name => {
  const provider = redisSentinelProvider({
    ...faults.connection,
    connectionIdleTimeout: '20s',
    onEvent(event) {
      if (event.type === 'restored') restored += event.records
      tell(`provider ${name}: ${JSON.stringify(event)}`)
    },
  })
  recording.follow(name, provider, faults.slotOf)
  return provider
})
const ledger = new Ledger(providers, tell)
let failovers = 0
let isBalanced = false
/** Records that the journal wrote again: some primary did not have what was acknowledged. */
let restored = 0
try {
  await Promise.all(providers.map(provider => provider.ready()))
  await rest(2000)
  const before = await row('ready')
  await ledger.begin()
  await ledger.everybodyMoves()
  await row(0)
  await failAgainAndAgain().catch(error => problems.push(String(error)))
  await ledger.end()
  const balance = await settleAndBalance()
  await row('load over')
  ledger.forget()
  if (!options['no-rest']) {
    await rest(REST_MS)
    problems.push(...remains(before, await row('at rest')))
  }
  isBalanced = isClean(balance)
  console.log(`\n${markdownTable(HEAD, rows)}\n`)
  console.log(verdict(balance))
} catch (error) {
  console.log(`Nobody can tell what was lost: ${[...problems, error].join('; ')}.`)
} finally {
  for (const provider of providers) await provider.close()
  await faults.stop()
  recording.end()
}
process.exitCode = isBalanced && failovers > 0 ? 0 : 1

async function failAgainAndAgain() {
  while (failovers < goal && performance.now() < lastStart) {
    await faults.next()
    failovers += 1
    if (options.cluster) continue
    await ledger.everybodyMoves()
    await settle()
    if (failovers % EVERY === 0) await row(failovers)
  }
}

/** What happened when, to be laid beside the logs of the servers. */
function tell(what) {
  recording.note(what)
  if (options.verbose) console.error(`${new Date().toISOString()} ${what}`)
}

/** On a machine that is too busy for the down-after, one failover follows the other: that is noted, and no reason to stop. */
async function settle() {
  await faults.settled().catch(error => problems.push(String(error)))
  tell('settled')
}

async function settleAndBalance() {
  await settle()
  return { ...(await ledger.balance()), empty: ledger.empty, errors: ledger.errors }
}

/** Adds a row, and shows it at once: a run takes long. */
async function row(name) {
  const resurrected = await ledger.countResurrected()
  const held = await footprint(providers)
  const cells = [
    name,
    ((performance.now() - start) / 60_000).toFixed(1),
    ledger.updates,
    ledger.logouts,
    sum(ledger.errors),
    ledger.stale,
    ledger.empty,
    resurrected,
    ledger.takeLongestMs().toFixed(0),
    held.sockets,
    held.timers,
    (held.heap / 1e6).toFixed(1),
    held.lanes,
    held.waiting,
    held.entries,
    (held.bytes / 1000).toFixed(0),
  ]
  rows.push(cells)
  console.error(HEAD.map((title, i) => `${title} ${cells[i]}`).join(', '))
  return held
}

function remains(before, after) {
  const more = Object.keys(before).filter(name => after[name] > before[name] + (name === 'heap' ? HEAP_SLACK : 0))
  return more.map(name => `${name} ${after[name]} at rest, ${before[name]} before`)
}

function isClean({ errors, ...counts }) {
  return sum(errors) === 0 && sum(counts) === 0
}

function verdict({ errors, ...counts }) {
  const told = [...Object.entries(counts), ...Object.entries(errors)].map(([name, value]) => `${value} ${name}`)
  const did = `${failovers} ${options.cluster ? `faults (seed ${options.seed})` : 'failovers'}, ${ledger.updates} updates, ${ledger.logouts} logouts`
  const repaired = restored === 0 ? '' : ` The journal wrote ${restored} records again.`
  return `${did}: ${told.join(', ')}.${repaired} ${problems.length === 0 ? 'Nothing has piled up.' : `Besides: ${problems.join('; ')}.`}`
}

function sum(counts) {
  return Object.values(counts).reduce((total, value) => total + value, 0)
}

function rest(ms) {
  return new Promise(resolve => setTimeout(resolve, ms))
}
