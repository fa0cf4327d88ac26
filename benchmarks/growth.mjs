/**
 * How the price of a session grows: with its size, with the requests at once, the sessions in the store, the pool, and the sessions of a
 * user. Each section prints a Markdown table, and writes it and a picture into results/.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { redisStats } from './compare/redis-stats.mjs'
import { conditions } from './conditions.mjs'
import { concurrency } from './growth/concurrency.mjs'
import { pool } from './growth/pool.mjs'
import { size } from './growth/size.mjs'
import { stored } from './growth/stored.mjs'
import { users } from './growth/users.mjs'
import { lineChart } from './plot/line-chart.mjs'
import { RESULTS, writeResults } from './results.mjs'
import { startSteadySentinel } from './steady-sentinel.mjs'

const SECTIONS = { size, concurrency, stored, pool, users }

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(SECTIONS).join() },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '0.5' },
    json: { type: 'string' },
    results: { type: 'string', default: RESULTS },
    from: { type: 'string' },
  },
})

const runs = options.from === undefined ? await measured() : JSON.parse(readFileSync(options.from, 'utf8'))
if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(runs, null, 1))
if (options.from !== undefined) for (const [name, run] of Object.entries(runs)) publish(name, run)

async function measured() {
  const trio = await startSteadySentinel()
  const primary = await trio.currentPrimary()
  const client = new Redis(primary.port, primary.host)
  const bench = {
    deployment: { sentinels: trio.sentinels, masterName: trio.masterName },
    primary,
    replicas: 2,
    redis: await redisStats(primary),
    client,
    rounds: Number(options.rounds),
    ms: Number(options.seconds) * 1000,
    log: console.error,
  }
  const runs = {}
  try {
    for (const name of options.only.split(',')) {
      const about = conditions()
      await client.flushall('ASYNC')
      const measurements = await SECTIONS[name].measure(bench)
      const rounds = name === 'users' ? '' : `; ${options.rounds} rounds of ${options.seconds} s`
      runs[name] = { about: `${about()}${rounds}`, measurements }
      publish(name, runs[name])
    }
    return runs
  } finally {
    client.disconnect()
    bench.redis.close()
    await trio.stop()
  }
}

function publish(name, { about, measurements }) {
  const { title, subtitle, sharesRows, table, panels } = SECTIONS[name]
  const text = table(measurements)
  console.log(`\n**${title}**\n\n${text}`)
  const picture = lineChart({ title, subtitle, sharesRows, panels: panels(measurements) })
  writeResults(options.results, name, { title, conditions: about, text, picture })
}
