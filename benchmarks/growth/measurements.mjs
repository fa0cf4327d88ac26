/** What was measured at one value of what grows, and the table and the lines that are made of it. */
import { LIMIT } from '../compare/contestants.mjs'
import { ratiosOf } from '../compare/report.mjs'
import { markdownTable } from '../markdown-table.mjs'
import { median } from '../statistics.mjs'

/** Of each contestant in turn: medians of the rounds, at `x`. */
export function measurementsOf(slices, about) {
  return Object.entries(slices).map(([who, own]) => {
    const of = pick => median(own.map(pick))
    const ratios = ratiosOf(own, slices[LIMIT])
    return {
      ...about,
      who,
      cpuUs: of(({ cpuUs }) => cpuUs),
      timesLimit: ratios.length === 0 ? undefined : median(ratios),
      redisUs: of(({ redis }) => redis.cpuUs),
      perSecond: of(({ perSecond }) => perSecond),
      p50: of(({ p50 }) => p50),
      p99: of(({ p99 }) => p99),
    }
  })
}

/** `columns`: what a row says before the figures, by the name of its column. */
export function growthTable(measurements, columns) {
  const figures = {
    '': ({ workload }) => workload,
    who: ({ who }) => who,
    'CPU us': ({ cpuUs }) => cpuUs.toFixed(0),
    'x limit': ({ timesLimit }) => timesLimit?.toFixed(2) ?? '',
    'Redis CPU us': ({ redisUs }) => redisUs.toFixed(1),
    'requests/s': ({ perSecond }) => perSecond.toFixed(0),
    'p50 ms': ({ p50 }) => p50.toFixed(1),
    'p99 ms': ({ p99 }) => p99.toFixed(1),
  }
  const all = { ...columns, ...figures }
  return markdownTable(
    Object.keys(all),
    measurements.map(each => Object.values(all).map(cell => cell(each))),
  )
}

/** A line for each `series`, through the points of the measurements that are its own. */
export function panel(title, x, series, measurements, y) {
  const drawn = series.map(({ isOf, ...style }) => ({
    ...style,
    points: measurements.filter(isOf).map(each => [each.x, y(each)]),
  }))
  return { title, x, series: drawn }
}

/** Ours with a full line, the limit with a dashed one, each workload in its colour. */
export const SERIES = [
  { name: 'ours, read', hue: 0, isOf: ({ who, workload }) => who === 'ours' && workload === 'read' },
  { name: 'limit, read', hue: 0, dashed: true, isOf: ({ who, workload }) => who === LIMIT && workload === 'read' },
  { name: 'ours, write', hue: 1, isOf: ({ who, workload }) => who === 'ours' && workload === 'write' },
  { name: 'limit, write', hue: 1, dashed: true, isOf: ({ who, workload }) => who === LIMIT && workload === 'write' },
]

/** The three that most sections show. */
export function threePanels(x, measurements) {
  return [
    panel('CPU of the server, µs per request', x, SERIES, measurements, ({ cpuUs }) => cpuUs),
    panel('CPU of Redis, µs per request', x, SERIES, measurements, ({ redisUs }) => redisUs),
    panel('half are answered within, ms', x, SERIES, measurements, ({ p50 }) => p50),
  ]
}
