/**
 * How the price of a session grows: with its size, with the requests at once, the sessions in the store, the pool, and the sessions of a
 * user. Each section prints a Markdown table, and writes it and a picture into results/.
 */
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { redisStats } from './compare/redis-stats.mjs'
import { conditions } from './conditions.mjs'
import { concurrency } from './growth/concurrency.mjs'
import { pool } from './growth/pool.mjs'
import { size } from './growth/size.mjs'
import { stored } from './growth/stored.mjs'
import { users } from './growth/users.mjs'
import { RESULTS, writeResults } from './results.mjs'
import { startSteadySentinel } from './steady-sentinel.mjs'

const SECTIONS = { size, concurrency, stored, pool, users }

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(SECTIONS).join() },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '0.5' },
    results: { type: 'string', default: RESULTS },
  },
})

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
try {
  for (const name of options.only.split(',')) {
    const about = conditions()
    await client.flushall('ASYNC')
    const { title, text, pictures } = await SECTIONS[name](bench)
    console.log(`\n**${title}**\n\n${text}`)
    const rounds = name === 'users' ? '' : `; ${options.rounds} rounds of ${options.seconds} s`
    writeResults(options.results, name, { title, conditions: `${about()}${rounds}`, text, pictures })
  }
} finally {
  client.disconnect()
  bench.redis.close()
  await trio.stop()
}
