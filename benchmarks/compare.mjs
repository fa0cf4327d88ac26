/**
 * What sessions cost: each adapter, its peers, the framework alone and a minimum written by hand, in one run, on one deployment, in turns.
 * Prints a Markdown table for each workload, and writes them and a picture into results/.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { comparisonPlot } from './compare/comparison-plot.mjs'
import { startContestant } from './compare/contestant.mjs'
import { CONTESTANTS, fits, SESSIONLESS } from './compare/contestants.mjs'
import { inTurns } from './compare/in-turns.mjs'
import { redisStats } from './compare/redis-stats.mjs'
import { lossesOf, overviewOf, tableOf } from './compare/report.mjs'
import { WORKLOADS } from './compare/workloads.mjs'
import { conditions } from './conditions.mjs'
import { RESULTS, writeResults } from './results.mjs'
import { startSteadySentinel } from './steady-sentinel.mjs'

const { values: options } = parseArgs({
  options: {
    frameworks: { type: 'string', default: Object.keys(CONTESTANTS).join() },
    only: { type: 'string', default: '' },
    workloads: { type: 'string', default: WORKLOADS.map(({ name }) => name).join() },
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '1' },
    'warm-up': { type: 'string', default: '2' },
    concurrency: { type: 'string', default: '64' },
    pairs: { type: 'string', default: '1000' },
    json: { type: 'string' },
    results: { type: 'string', default: RESULTS },
    from: { type: 'string' },
  },
})
const only = options.only === '' ? null : new Set(options.only.split(','))
const workloads = WORKLOADS.filter(({ name }) => options.workloads.split(',').includes(name))
const [rounds, pairs] = [Number(options.rounds), Number(options.pairs)]

const run = options.from === undefined ? await measured() : JSON.parse(readFileSync(options.from, 'utf8'))
if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(run, null, 1))
writeResults(options.results, 'compare', {
  title: 'Sessions next to their peers',
  conditions: run.about,
  picture: comparisonPlot(run.measured),
  text: [
    overviewOf(run.measured),
    ...run.measured.map(({ framework, workload, slices }) => tableOf(framework, workload, slices)),
    ...(run.losses.length === 0 ? [] : [lossesOf(run.losses)]),
  ].join('\n\n'),
})

async function measured() {
  const trio = await startSteadySentinel()
  const redis = await redisStats(await trio.currentPrimary())
  const deployment = { sentinels: trio.sentinels, masterName: trio.masterName }
  const [ms, warmUpMs] = [Number(options.seconds) * 1000, Number(options['warm-up']) * 1000]
  const slicing = { concurrency: Number(options.concurrency), ms, warmUpMs, redis }
  const about = conditions()
  const [measured, losses] = [[], []]
  try {
    for (const framework of options.frameworks.split(',')) {
      const kinds = CONTESTANTS[framework].filter(kind => only === null || only.has(kind))
      const contestants = []
      try {
        for (const kind of kinds) contestants.push(await startContestant(framework, kind, deployment))
        for (const workload of workloads) {
          const fit = contestants.filter(({ kind }) => fits(kind, workload.name))
          const slices = await inTurns(fit, workload, rounds, slicing)
          measured.push({ framework, workload: workload.name, slices })
          console.log(`\n${tableOf(framework, workload.name, slices)}`)
        }
        if (pairs > 0) losses.push(...(await parallelWriters(contestants)))
      } finally {
        for (const contestant of contestants) await contestant.end()
      }
    }
    const how = `${rounds} rounds of ${options.seconds} s after ${options['warm-up']} s of warming up, ${options.concurrency} connections`
    return { about: `${about()}; ${how}`, measured, losses }
  } finally {
    redis.close()
    await trio.stop()
  }
}

async function parallelWriters(contestants) {
  const losses = []
  for (const contestant of contestants) {
    const { framework, kind } = contestant
    if (SESSIONLESS.has(kind)) continue
    losses.push({ framework, kind, pairs, lost: await contestant.lostPairs(pairs) })
  }
  console.log(`\n${lossesOf(losses)}`)
  return losses
}
