/** The table of a workload: CPU per request by that of the limit in the same round, and what Redis had to do. */
import { markdownTable } from '../markdown-table.mjs'
import { median } from '../statistics.mjs'
import { LIMIT } from './contestants.mjs'

const HEAD = [
  '',
  'CPU us',
  'x limit',
  'lowest..highest',
  'requests/s',
  'p50 ms',
  'p99 ms',
  'Redis commands',
  'B in',
  'B out',
  'Redis CPU us',
]

export function tableOf(framework, workload, slices) {
  const limits = slices[LIMIT]
  const rows = Object.entries(slices).map(([kind, own]) => {
    const ratios = limits === undefined ? [] : own.map(({ cpuUs }, round) => cpuUs / limits[round].cpuUs)
    const of = pick => median(own.map(pick))
    return [
      kind,
      of(({ cpuUs }) => cpuUs).toFixed(0),
      ...(ratios.length === 0 ? ['', ''] : [median(ratios).toFixed(2), rangeOf(ratios)]),
      of(({ perSecond }) => perSecond).toFixed(0),
      of(({ p50 }) => p50).toFixed(1),
      of(({ p99 }) => p99).toFixed(0),
      commandsOf(own.at(-1).redis.commands),
      of(({ redis }) => redis.bytesIn).toFixed(0),
      of(({ redis }) => redis.bytesOut).toFixed(0),
      of(({ redis }) => redis.cpuUs).toFixed(1),
    ]
  })
  return `**${framework}, ${workload}**\n\n${markdownTable(HEAD, rows)}`
}

const rangeOf = ratios => `${Math.min(...ratios).toFixed(2)}..${Math.max(...ratios).toFixed(2)}`

function commandsOf(commands) {
  const texts = Object.entries(commands).map(([name, count]) => `${count.toFixed(2)} ${name}`)
  return texts.length === 0 ? 'none' : texts.join(' + ')
}
