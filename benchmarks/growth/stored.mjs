/** Whether a request costs more where many other sessions are stored. */
import { usedMemory } from '../memory/used-memory.mjs'
import { copies, firstOf } from './copies.mjs'
import { growthTable, threePanels } from './measurements.mjs'
import { measure, withPair } from './paired.mjs'

const LEVELS = [1_000, 10_000, 100_000, 1_000_000]
/** Enough that a cache of the processor does not hold them all. */
const VISITORS = 2_000

export const stored = {
  title: 'More sessions in the store',
  subtitle: `Besides those of ${VISITORS} visitors, who come in turn; 500 bytes each. Limit: a minimum written by hand. 64 connections, Koa.`,

  measure: bench =>
    withPair(bench, { visitors: VISITORS }, async pair => {
      const { client } = bench
      const template = await firstOf(client, 'string', 'sess:*')
      const measurements = []
      let filled = 0
      for (const level of LEVELS) {
        const before = await usedMemory(client)
        await copies(client, template, filled, level, bench.replicas)
        const bytesEach = ((await usedMemory(client)) - before) / (level - filled)
        filled = level
        measurements.push(...(await measure(bench, pair, 500, { x: level, bytesEach })))
        bench.log(`${level} sessions stored`)
      }
      return measurements
    }),

  table: measurements =>
    growthTable(measurements, { stored: ({ x }) => x, 'used_memory each': ({ bytesEach }) => bytesEach.toFixed(0) }),

  panels: measurements => [threePanels({ label: 'sessions stored', ticks: LEVELS, text: shortened }, measurements)],
}

const shortened = level => (level < 1e6 ? `${level / 1000} k` : `${level / 1e6} M`)
