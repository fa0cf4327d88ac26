/**
 * What it costs that a commit is answered when the replicas have it: the same writers on the same deployment, with 'expected', 1 and
 * 0 taking turns. Prints a Markdown table.
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { redisSentinelProvider } from '@sentinel-session/redis'
import { startSentinel } from '@sentinel-session/testing/sentinel'
import { markdownTable } from './markdown-table.mjs'
import { median, quantile } from './statistics.mjs'

const HEAD = [
  'writers',
  'acknowledge',
  'commits/s',
  'lowest..highest',
  'of that with 0',
  'p50 ms',
  'p99 ms',
  'client CPU us',
  'primary CPU us',
  'commits per WAIT',
  'lanes',
]
const MODES = ['expected', 1, 0]
const WARM_UP_MS = 500
/** About what a session of a shop holds. */
const BODY = 'x'.repeat(400)

const { values: options } = parseArgs({
  options: {
    writers: { type: 'string', default: '1,16,64,256' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2.5' },
  },
})
const levels = options.writers.split(',').map(Number)
const rounds = Number(options.rounds)
const roundMs = Number(options.seconds) * 1000

const trio = await startSentinel()
const providers = new Map()
try {
  for (const acknowledge of MODES) {
    const provider = redisSentinelProvider({ savePath: trio.savePath, acknowledge })
    await provider.ready()
    providers.set(acknowledge, provider)
  }
  const primary = await trio.currentPrimary()
  const rows = []
  for (const writers of levels) rows.push(...(await compare(writers, primary)))
  console.log(`Node ${process.version}, ${cpus().length} cores, ${rounds} rounds of ${roundMs / 1000} s, medians.\n`)
  console.log(markdownTable(HEAD, rows))
} finally {
  for (const provider of providers.values()) await provider.close()
  await trio.stop()
}

/** All modes in turn, in the other order every second round, so that none always follows the same one. */
async function compare(writers, primary) {
  const sessions = new Map()
  for (const [mode, provider] of providers) {
    sessions.set(mode, await logIn(provider, writers))
    await commitFor(WARM_UP_MS, sessions.get(mode))
  }
  const measured = new Map(MODES.map(mode => [mode, []]))
  for (let round = 0; round < rounds; round++) {
    for (const mode of round % 2 === 0 ? MODES : MODES.toReversed()) {
      measured.get(mode).push(await measure(sessions.get(mode), primary, providers.get(mode)))
    }
  }
  return MODES.map(mode => summary(writers, mode, measured.get(mode), measured.get(0)))
}

async function logIn(provider, writers) {
  const sessions = []
  for (let i = 0; i < writers; i++) {
    const session = await provider.sessionRead('')
    session.set('cart', BODY)
    await session.save()
    sessions.push(await provider.sessionRead(session.sessionId()))
  }
  return sessions
}

/** Every session is written by one writer, as fast as the commits are answered. */
async function commitFor(ms, sessions) {
  const latencies = []
  const end = performance.now() + ms
  const write = async session => {
    for (let now = performance.now(); now < end; ) {
      session.set('n', latencies.length)
      await session.save()
      const answered = performance.now()
      latencies.push(answered - now)
      now = answered
    }
  }
  await Promise.all(sessions.map(write))
  return latencies
}

async function measure(sessions, primary, provider) {
  const before = await primaryStatistics(primary)
  const cpu = process.cpuUsage()
  const start = performance.now()
  const latencies = await commitFor(roundMs, sessions)
  const elapsedMs = performance.now() - start
  const { user, system } = process.cpuUsage(cpu)
  const after = await primaryStatistics(primary)
  const commits = latencies.length
  return {
    perSecond: (commits / elapsedMs) * 1000,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    clientCpu: (user + system) / commits,
    primaryCpu: (after.cpu - before.cpu) / commits,
    perWait: commits / (after.waits - before.waits),
    lanes: provider.report().lanes,
  }
}

/** Its CPU in microseconds, and how many WAITs it got. */
async function primaryStatistics(primary) {
  const text = [await trio.ask(primary, 'INFO', 'cpu'), await trio.ask(primary, 'INFO', 'commandstats')].join('\n')
  const number = pattern => Number(pattern.exec(text)?.[1] ?? 0)
  return {
    cpu: (number(/used_cpu_user:([\d.]+)/) + number(/used_cpu_sys:([\d.]+)/)) * 1e6,
    waits: number(/cmdstat_wait:calls=(\d+)/),
  }
}

function summary(writers, mode, runs, undurable) {
  const of = name => median(runs.map(run => run[name]))
  const speeds = runs.map(({ perSecond }) => perSecond)
  const share = median(runs.map(({ perSecond }, round) => perSecond / undurable[round].perSecond))
  return [
    writers,
    mode,
    of('perSecond').toFixed(0),
    `${Math.min(...speeds).toFixed(0)}..${Math.max(...speeds).toFixed(0)}`,
    mode === 0 ? '' : `${(share * 100).toFixed(0)} %`,
    of('p50').toFixed(2),
    of('p99').toFixed(2),
    of('clientCpu').toFixed(1),
    of('primaryCpu').toFixed(1),
    mode === 0 ? '' : of('perWait').toFixed(1),
    of('lanes'),
  ]
}
