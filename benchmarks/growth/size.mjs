/** How the price of a request grows with the session. */
import { SIZES } from '../compare/workloads.mjs'
import { lineChart } from '../plot/line-chart.mjs'
import { growthTable, SERIES, threePanels } from './measurements.mjs'
import { endAll, measure, startPair } from './paired.mjs'

const TITLE = 'A larger session'

export async function size(bench) {
  const contestants = await startPair(bench)
  try {
    const measurements = []
    for (const bytes of SIZES) measurements.push(...(await measure(bench, contestants, bytes, { x: bytes })))
    const x = { label: 'bytes of the session as JSON', ticks: SIZES, text: textOf }
    const columns = { session: each => textOf(each.x), '': ({ workload }) => workload, who: ({ who }) => who }
    return {
      title: TITLE,
      text: growthTable(measurements, columns),
      pictures: {
        'size.svg': {
          title: TITLE,
          svg: lineChart({
            title: TITLE,
            subtitle:
              'Reading one key of it, and raising a counter in it. Limit: a minimum written by hand. 64 connections, Koa.',
            panels: [threePanels(x, SERIES, measurements)],
          }),
        },
      },
    }
  } finally {
    await endAll(contestants)
  }
}

const textOf = bytes => (bytes < 1000 ? `${bytes} B` : `${bytes / 1000} KB`)
