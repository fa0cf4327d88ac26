/** What it costs to list and to end the sessions of a user: it grows with these, and with nothing else. */
import { createSessionManager } from '@sentinel-session/core'
import { redisSentinelProvider } from '@sentinel-session/redis'
import { SESSIONS } from '../compare/workloads.mjs'
import { logIn } from '../log-in.mjs'
import { markdownTable } from '../markdown-table.mjs'
import { copies, firstOf } from './copies.mjs'
import { panel } from './measurements.mjs'

const COUNTS = [1, 10, 100, 1_000]
const FOREIGN = [1_000, 100_000]
/** Of each stranger. */
const EACH = 10
/** So many sessions are listed, and so many ended, for one figure: for a user with few, in many calls. */
const SESSIONS_PER_FIGURE = { sessionsOf: 4_000, destroyAllOf: 1_000 }
const MOST_CALLS = 200

export const users = {
  title: 'More sessions of a user',
  subtitle:
    'Among 1 k and 100 k sessions of others: where both lines of a colour lie on each other, those cost nothing. One call after the other.',

  async measure(bench) {
    const provider = redisSentinelProvider(bench.deployment)
    const crowd = { bench, provider, manager: createSessionManager({ provider }), named: 0 }
    try {
      await logInTimes(crowd, 'a stranger', EACH)
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
      return measurements
    } finally {
      await provider.close()
    }
  },

  table(measurements) {
    const head = ['call', 'sessions of the user', 'of others', 'CPU us', 'Redis CPU us', 'ms']
    const rows = measurements.map(({ call, x, foreign, cpuUs, redisUs, ms }) => {
      return [call, x, foreign, cpuUs.toFixed(0), redisUs.toFixed(0), ms.toFixed(2)]
    })
    return markdownTable(head, rows)
  },

  panels(measurements) {
    const series = Object.keys(SESSIONS_PER_FIGURE).flatMap((call, hue) =>
      FOREIGN.map((foreign, at) => ({
        name: `${call}, among ${foreign / 1000} k`,
        hue,
        dashed: at === 0,
        isOf: each => each.call === call && each.foreign === foreign,
      })),
    )
    const x = { label: 'sessions of the user', ticks: COUNTS, text: String }
    return [
      [
        panel('CPU of the caller, µs per call', x, series, measurements, ({ cpuUs }) => cpuUs),
        panel('CPU of Redis, µs per call', x, series, measurements, ({ redisUs }) => redisUs),
        panel('ms per call', x, series, measurements, ({ ms }) => ms),
      ],
    ]
  },
}

async function figuresFor(crowd, count, foreign) {
  const { manager, bench } = crowd
  const figures = []
  for (const [call, sessions] of Object.entries(SESSIONS_PER_FIGURE)) {
    const times = Math.min(MOST_CALLS, Math.max(3, Math.round(sessions / count)))
    const names = []
    // A list can be asked for again; who was logged out has to log in first.
    for (let n = 0; n < (call === 'sessionsOf' ? 1 : times); n += 1) {
      crowd.named += 1
      names.push(`user ${crowd.named}`)
      await logInTimes(crowd, names[n], count)
    }
    const figure = await costOf(bench.redis, times, n => manager[call](names[n % names.length]))
    figures.push({ x: count, foreign, call, ...figure })
  }
  return figures
}

async function costOf({ stats }, times, call) {
  const [before, cpu, start] = [await stats(), process.cpuUsage(), performance.now()]
  for (let n = 0; n < times; n += 1) await call(n)
  const ms = (performance.now() - start) / times
  const { user, system } = process.cpuUsage(cpu)
  const after = await stats()
  return { ms, cpuUs: (user + system) / times, redisUs: (after.cpuUs - before.cpuUs) / times }
}

async function logInTimes({ provider }, userId, count) {
  for (let left = count; left > 0; left -= 100) {
    await Promise.all(Array.from({ length: Math.min(left, 100) }, () => logIn(provider, SESSIONS[500], userId)))
  }
}
