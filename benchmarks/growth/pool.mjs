/** What more connections to Redis bring, and cost, when it is near and when it is far. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startContestant } from '../compare/contestant.mjs'
import { LIMIT } from '../compare/contestants.mjs'
import { lineChart } from '../plot/line-chart.mjs'
import { growthTable, panel, SERIES } from './measurements.mjs'
import { endAll, FRAMEWORK, measure, warmUp } from './paired.mjs'

const TITLE = 'A larger pool'
const SIZES = [1, 2, 4, 8, 16, 64]
const DELAYS_MS = [0, 1, 5]
const DISTANCE = fileURLToPath(new URL('distance.mjs', import.meta.url))

export async function pool(bench) {
  const child = fork(DISTANCE, [String(bench.primary.port)])
  const contestants = []
  try {
    const [address] = await once(child, 'message')
    const { host, port } = bench.primary
    const deployment = { ...bench.deployment, natMap: { [`${host}:${port}`]: address } }
    contestants.push(await startContestant(FRAMEWORK, LIMIT, deployment))
    for (const poolSize of SIZES) {
      contestants.push(await startContestant(FRAMEWORK, 'ours', { ...deployment, poolSize }, { name: poolSize }))
    }
    await warmUp(bench, contestants)
    const measurements = []
    for (const delay of DELAYS_MS) {
      const told = once(child, 'message')
      child.send(delay)
      await told
      const measured = await measure(bench, contestants, 500, { delay })
      measurements.push(...measured.flatMap(spread))
      bench.log(`${delay} ms each way`)
    }
    return {
      title: TITLE,
      text: table(measurements),
      pictures: { 'pool.svg': { title: TITLE, svg: draw(measurements) } },
    }
  } finally {
    await endAll(contestants)
    child.disconnect()
  }
}

/** The limit has one connection, whatever the pool: a line across. */
function spread({ who, ...measured }) {
  if (who === LIMIT) return SIZES.map(x => ({ ...measured, who, x }))
  return [{ ...measured, who: 'ours', x: Number(who) }]
}

function table(measurements) {
  const once = measurements.filter(({ who, x }) => who === 'ours' || x === 1)
  return growthTable(once, {
    'ms each way': ({ delay }) => delay,
    '': ({ workload }) => workload,
    who: ({ who }) => who,
    poolSize: ({ who, x }) => (who === LIMIT ? '' : x),
  })
}

function draw(measurements) {
  const series = SERIES.map(each => ({ ...each, isLevel: each.dashed }))
  const x = { label: 'poolSize', ticks: SIZES, text: String }
  const row = (what, y) =>
    DELAYS_MS.map(delay =>
      panel(
        `${what}, ${delay} ms each way`,
        x,
        series,
        measurements.filter(each => each.delay === delay),
        y,
      ),
    )
  return lineChart({
    title: TITLE,
    subtitle:
      'Sessions of 500 bytes, 64 connections of browsers. Limit: one connection to Redis, a minimum written by hand. Koa.',
    sharesRows: true,
    panels: [row('CPU, µs', ({ cpuUs }) => cpuUs), row('half within, ms', ({ p50 }) => p50)],
  })
}
