/** What it costs to list and to end the sessions of a user: it grows with these, and with nothing else. */
import { createSessionManager } from '@sentinel-session/core'
import { redisSentinelProvider } from '@sentinel-session/redis'
import { SESSIONS } from '../compare/workloads.mjs'
import { markdownTable } from '../markdown-table.mjs'
import { lineChart } from '../plot/line-chart.mjs'
import { copies, firstOf } from './copies.mjs'
import { panel } from './measurements.mjs'

const TITLE = 'More sessions of a user'
const COUNTS = [1, 10, 100, 1_000]
const FOREIGN = [1_000, 100_000]
/** Of each strange user. */
const EACH = 10
/** So many sessions are listed, and so many ended, for one figure: for a user with few, many times. */
const SESSIONS_PER_FIGURE = { sessionsOf: 4_000, destroyAllOf: 1_000 }
const MOST_CALLS = 200

export async function users(bench) {
  const provider = redisSentinelProvider(bench.deployment)
  const manager = createSessionManager({ provider })
  const crowd = { bench, provider, manager, named: 0 }
  try {
    await logIn(crowd, 'a stranger', EACH)
    const record = await firstOf(bench.client, 'string')
    const index = await firstOf(bench.client, 'hash')
    const measurements = []
    let filled = 0
    for (const foreign of FOREIGN) {
      await copies(bench.client, record, filled, foreign, bench.replicas)
      await copies(bench.client, index, filled / EACH, foreign / EACH, bench.replicas)
      filled = foreign
      for (const count of COUNTS) measurements.push(...(await figuresFor(crowd, count, foreign)))
      bench.log(`${foreign} sessions of others`)
    }
    return {
      title: TITLE,
      text: table(measurements),
      pictures: { 'users.svg': { title: TITLE, svg: draw(measurements) } },
    }
  } finally {
    await provider.close()
  }
}

async function figuresFor(crowd, count, foreign) {
  const { manager } = crowd
  const figures = []
  for (const [call, sessions] of Object.entries(SESSIONS_PER_FIGURE)) {
    const times = Math.min(MOST_CALLS, Math.max(3, Math.round(sessions / count)))
    const names = []
    for (let n = 0; n < (call === 'sessionsOf' ? 1 : times); n += 1) {
      crowd.named += 1
      names.push(`user ${crowd.named}`)
      await logIn(crowd, names[n], count)
    }
    const figure = await costOf(crowd.bench.redis, times, n => manager[call](names[n % names.length]))
    figures.push({ x: count, foreign, call, ...figure })
  }
  return figures
}

/** One call after the other. */
async function costOf({ stats }, times, call) {
  const [before, cpu, start] = [await stats(), process.cpuUsage(), performance.now()]
  for (let n = 0; n < times; n += 1) await call(n)
  const ms = (performance.now() - start) / times
  const { user, system } = process.cpuUsage(cpu)
  const after = await stats()
  return { ms, cpuUs: (user + system) / times, redisUs: (after.cpuUs - before.cpuUs) / times }
}

async function logIn({ provider }, userId, count) {
  const begin = async () => {
    const session = await provider.sessionRead('')
    for (const [key, value] of Object.entries(SESSIONS[500])) session.set(key, value)
    session.bind(userId)
    await session.save()
  }
  for (let left = count; left > 0; left -= 100) await Promise.all(Array.from({ length: Math.min(left, 100) }, begin))
}

function table(measurements) {
  const head = ['call', 'sessions of the user', 'of others', 'CPU us', 'Redis CPU us', 'ms']
  const rows = measurements.map(({ call, x, foreign, cpuUs, redisUs, ms }) => {
    return [call, x, foreign, cpuUs.toFixed(0), redisUs.toFixed(0), ms.toFixed(2)]
  })
  return markdownTable(head, rows)
}

function draw(measurements) {
  const series = Object.keys(SESSIONS_PER_FIGURE).flatMap((call, hue) =>
    FOREIGN.map((foreign, at) => ({
      name: `${call}, among ${foreign / 1000} k`,
      hue,
      dashed: at === 0,
      isOf: each => each.call === call && each.foreign === foreign,
    })),
  )
  const x = { label: 'sessions of the user', ticks: COUNTS, text: String }
  return lineChart({
    title: TITLE,
    subtitle:
      'One call after the other, among 1 k and 100 k sessions of others: where both lines of a colour lie on each other, those cost nothing.',
    panels: [
      [
        panel('CPU of the caller, µs per call', x, series, measurements, ({ cpuUs }) => cpuUs),
        panel('CPU of Redis, µs per call', x, series, measurements, ({ redisUs }) => redisUs),
        panel('answered within, ms', x, series, measurements, ({ ms }) => ms),
      ],
    ],
  })
}
