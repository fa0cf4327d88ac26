/** How the price of a request changes with how many are under way at once. */
import { lineChart } from '../plot/line-chart.mjs'
import { growthTable, SERIES, threePanels } from './measurements.mjs'
import { endAll, measure, startPair } from './paired.mjs'

const TITLE = 'More requests at once'
const LEVELS = [1, 4, 16, 64, 256]

export async function concurrency(bench) {
  const contestants = await startPair(bench)
  try {
    const measurements = []
    for (const level of LEVELS) measurements.push(...(await measure(bench, contestants, 500, { x: level }, level)))
    const x = { label: 'connections, each with one request at a time', ticks: LEVELS, text: String }
    const columns = { connections: each => each.x, '': ({ workload }) => workload, who: ({ who }) => who }
    return {
      title: TITLE,
      text: growthTable(measurements, columns),
      pictures: {
        'concurrency.svg': {
          title: TITLE,
          svg: lineChart({
            title: TITLE,
            subtitle: 'Sessions of 500 bytes. Limit: a minimum written by hand. Koa.',
            panels: [threePanels(x, SERIES, measurements)],
          }),
        },
      },
    }
  } finally {
    await endAll(contestants)
  }
}
