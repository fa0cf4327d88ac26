/** Whether a request costs more where many other sessions are stored. */
import { markdownTable } from '../markdown-table.mjs'
import { usedMemory } from '../memory/used-memory.mjs'
import { lineChart } from '../plot/line-chart.mjs'
import { copies, firstOf } from './copies.mjs'
import { growthTable, SERIES, threePanels } from './measurements.mjs'
import { endAll, measure, startPair } from './paired.mjs'

const TITLE = 'More sessions in the store'
const LEVELS = [1_000, 10_000, 100_000, 1_000_000]
/** Enough that a cache of the processor does not hold them all. */
const VISITORS = 2_000

export async function stored(bench) {
  const { client } = bench
  const contestants = await startPair(bench, { visitors: VISITORS })
  try {
    const template = await firstOf(client, 'string', 'sess:*')
    const [measurements, sizes] = [[], []]
    let filled = 0
    for (const level of LEVELS) {
      const before = await usedMemory(client)
      await copies(client, template, filled, level, bench.replicas)
      sizes.push([level, level - filled, ((await usedMemory(client)) - before) / (level - filled)])
      filled = level
      measurements.push(...(await measure(bench, contestants, 500, { x: level })))
      bench.log(`${level} sessions stored`)
    }
    return {
      title: TITLE,
      text: [
        growthTable(measurements, { stored: each => each.x, '': ({ workload }) => workload, who: ({ who }) => who }),
        markdownTable(
          ['stored', 'more than before', 'bytes of Redis for each of these'],
          sizes.map(([level, more, bytes]) => [level, more, bytes.toFixed(0)]),
        ),
      ].join('\n\n'),
      pictures: {
        'stored.svg': {
          title: TITLE,
          svg: lineChart({
            title: TITLE,
            subtitle: `${VISITORS} of them are visited in turn, 500 bytes each. Limit: a minimum written by hand. 64 connections, Koa.`,
            panels: [threePanels({ label: 'sessions stored', ticks: LEVELS, text: powerText }, SERIES, measurements)],
          }),
        },
      },
    }
  } finally {
    await endAll(contestants)
  }
}

const powerText = level => (level < 1e6 ? `${level / 1000} k` : `${level / 1e6} M`)
