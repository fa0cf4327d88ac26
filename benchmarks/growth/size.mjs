/** How the price of a request grows with the session. */
import { SIZES } from '../compare/workloads.mjs'
import { growthTable, threePanels } from './measurements.mjs'
import { measure, withPair } from './paired.mjs'

const textOf = bytes => (bytes < 1000 ? `${bytes} B` : `${bytes / 1000} KB`)

export const size = {
  title: 'A larger session',
  subtitle:
    'Reading one key of it, and raising a counter in it. Limit: a minimum written by hand. 64 connections, Koa.',

  measure: bench =>
    withPair(bench, {}, async pair => {
      const measurements = []
      for (const bytes of SIZES) measurements.push(...(await measure(bench, pair, bytes, { x: bytes })))
      return measurements
    }),

  table: measurements => growthTable(measurements, { session: ({ x }) => textOf(x) }),

  panels: measurements => [
    threePanels({ label: 'bytes of the session as JSON', ticks: SIZES, text: textOf }, measurements),
  ],
}
