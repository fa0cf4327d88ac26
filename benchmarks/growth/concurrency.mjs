/** How the price of a request changes with how many are under way at once. */
import { growthTable, threePanels } from './measurements.mjs'
import { measure, withPair } from './paired.mjs'

const LEVELS = [1, 4, 16, 64, 256]

export const concurrency = {
  title: 'More requests at once',
  subtitle: 'Sessions of 500 bytes. Limit: a minimum written by hand. Koa.',

  measure: bench =>
    withPair(bench, {}, async pair => {
      const measurements = []
      for (const level of LEVELS) measurements.push(...(await measure(bench, pair, 500, { x: level }, level)))
      return measurements
    }),

  table: measurements => growthTable(measurements, { connections: ({ x }) => x }),

  panels: measurements => [
    threePanels({ label: 'connections, each with one request at a time', ticks: LEVELS, text: String }, measurements),
  ],
}
