/** What more connections to Redis bring, and cost, when it is near and when it is far. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startContestant } from '../compare/contestant.mjs'
import { LIMIT } from '../compare/contestants.mjs'
import { growthTable, panel, SERIES } from './measurements.mjs'
import { endAll, FRAMEWORK, measure, warmUp } from './paired.mjs'

const SIZES = [1, 2, 4, 8, 16, 64]
const DELAYS_MS = [0, 1, 5]
const DISTANCE = fileURLToPath(new URL('distance.mjs', import.meta.url))

export const pool = {
  title: 'A larger pool',
  subtitle:
    'Sessions of 500 bytes, 64 connections of browsers, Koa. Limit: one connection to Redis, a minimum written by hand.',
  sharesRows: true,

  async measure(bench) {
    const distance = await startDistance(bench.primary)
    const contestants = []
    try {
      const { host, port } = bench.primary
      const deployment = { ...bench.deployment, natMap: { [`${host}:${port}`]: distance.address } }
      contestants.push(await startContestant(FRAMEWORK, LIMIT, deployment))
      for (const poolSize of SIZES) {
        contestants.push(await startContestant(FRAMEWORK, 'ours', { ...deployment, poolSize }, { name: poolSize }))
      }
      await warmUp(bench, contestants)
      const measurements = []
      for (const delay of DELAYS_MS) {
        await distance.set(delay)
        measurements.push(...(await measure(bench, contestants, 500, { delay })))
        bench.log(`${delay} ms each way`)
      }
      return measurements.flatMap(spread)
    } finally {
      await endAll(contestants)
      distance.end()
    }
  },

  table(measurements) {
    const once = measurements.filter(({ who, x }) => who === 'ours' || x === SIZES[0])
    return growthTable(once, {
      'ms each way': ({ delay }) => delay,
      poolSize: ({ who, x }) => (who === LIMIT ? '' : x),
    })
  },

  panels(measurements) {
    const series = SERIES.map(each => ({ ...each, isLevel: each.dashed }))
    const x = { label: 'poolSize', ticks: SIZES, text: String }
    const row = (what, y) =>
      DELAYS_MS.map(delay => {
        const those = measurements.filter(each => each.delay === delay)
        return panel(`${what}, ${delay} ms each way`, x, series, those, y)
      })
    return [row('CPU, µs', ({ cpuUs }) => cpuUs), row('half within, ms', ({ p50 }) => p50)]
  },
}

/** The limit has one connection, whatever the pool: a line across. */
function spread({ who, ...measured }) {
  if (who === LIMIT) return SIZES.map(x => ({ ...measured, who, x }))
  return [{ ...measured, who: 'ours', x: Number(who) }]
}

async function startDistance({ port }) {
  const child = fork(DISTANCE, [String(port)])
  const told = async () => (await once(child, 'message'))[0]
  const address = await told()
  return {
    address,
    async set(ms) {
      const done = told()
      child.send(ms)
      await done
    },
    end: () => child.disconnect(),
  }
}
