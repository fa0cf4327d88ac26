/**
 * What sessions cost: each adapter, its peers, the framework alone and a minimum written by hand, in one run, on one deployment, in turns.
 * Prints a Markdown table for each workload.
 */
import { writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { startSentinel } from '@sentinel-session/testing/sentinel'
import { startContestant } from './compare/contestant.mjs'
import { CONTESTANTS } from './compare/contestants.mjs'
import { redisStats } from './compare/redis-stats.mjs'
import { tableOf } from './compare/report.mjs'
import { WORKLOADS } from './compare/workloads.mjs'

const { values: options } = parseArgs({
  options: {
    frameworks: { type: 'string', default: Object.keys(CONTESTANTS).join() },
    only: { type: 'string', default: '' },
    workloads: { type: 'string', default: WORKLOADS.map(({ name }) => name).join() },
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '1' },
    concurrency: { type: 'string', default: '64' },
    pairs: { type: 'string', default: '1000' },
    json: { type: 'string' },
  },
})
const only = options.only === '' ? null : new Set(options.only.split(','))
const workloads = WORKLOADS.filter(({ name }) => options.workloads.split(',').includes(name))
const [rounds, pairs] = [Number(options.rounds), Number(options.pairs)]

const trio = await startSentinel()
const redis = await redisStats(await trio.currentPrimary())
const deployment = { sentinels: trio.sentinels, masterName: trio.masterName }
const slicing = { concurrency: Number(options.concurrency), ms: Number(options.seconds) * 1000, redis }
const results = []
try {
  console.log(
    `Node ${process.version}, ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}, ${rounds} rounds of ${options.seconds} s.`,
  )
  for (const framework of options.frameworks.split(',')) {
    const kinds = CONTESTANTS[framework].filter(kind => only === null || only.has(kind))
    const contestants = []
    try {
      for (const kind of kinds) contestants.push(await startContestant(framework, kind, deployment))
      for (const workload of workloads) {
        const slices = await inTurns(contestants, workload)
        results.push({ framework, workload: workload.name, slices })
        console.log(`\n${tableOf(framework, workload.name, slices)}`)
      }
      if (pairs > 0) await parallelWriters(contestants)
    } finally {
      for (const contestant of contestants) await contestant.end()
    }
  }
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(results, null, 1))
} finally {
  redis.close()
  await trio.stop()
}

/** In the other order every second round, so that none always follows the same one. */
async function inTurns(contestants, workload) {
  const slices = Object.fromEntries(contestants.map(({ kind }) => [kind, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) {
      slices[contestant.kind].push(await contestant.slice(workload, slicing))
    }
  }
  return slices
}

async function parallelWriters(contestants) {
  for (const contestant of contestants) {
    if (contestant.kind === 'floor') continue
    const lost = await contestant.lostPairs(pairs)
    results.push({ framework: contestant.framework, workload: 'parallel writers', kind: contestant.kind, pairs, lost })
    console.log(
      `${contestant.framework}, ${contestant.kind}: ${lost} of ${pairs} pairs of parallel writers lost a field`,
    )
  }
}
