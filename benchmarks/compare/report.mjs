/** The tables of a comparison: CPU per request by that of the limit in the same round, and what Redis had to do. */
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
  'Redis B in',
  'Redis B out',
  'replicas B',
  'Redis CPU us',
  'HTTP B in',
  'HTTP B out',
]

export function tableOf(framework, workload, slices) {
  const rows = Object.entries(slices).map(([kind, own]) => {
    const ratios = ratiosOf(own, slices[LIMIT])
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
      of(({ redis }) => redis.bytesReplicas).toFixed(0),
      of(({ redis }) => redis.cpuUs).toFixed(1),
      of(({ http }) => http.bytesIn).toFixed(0),
      of(({ http }) => http.bytesOut).toFixed(0),
    ]
  })
  return `**${framework}, ${workload}**\n\n${markdownTable(HEAD, rows)}`
}

/** CPU per request by that of the limit in the same round; none where it does not take part. */
export function ratiosOf(own, limits = []) {
  return limits.map(({ cpuUs }, round) => own[round].cpuUs / cpuUs)
}

/** All workloads beside each other: what a request costs, and which bytes it moves. */
export function overviewOf(measured) {
  const ratio = (own, limits) => (limits === undefined ? '' : median(ratiosOf(own, limits)).toFixed(2))
  const bytes = own => {
    const of = pick => median(own.map(({ redis }) => pick(redis))).toFixed(0)
    return [of(({ bytesIn }) => bytesIn), of(({ bytesOut }) => bytesOut), of(redis => redis.bytesReplicas)].join(' / ')
  }
  return [
    `**CPU, x limit**\n\n${matrixOf(measured, ratio)}`,
    `**Bytes per request: to Redis / from Redis / between it and its replicas**\n\n${matrixOf(measured, bytes)}`,
  ].join('\n\n')
}

/** A row for each contestant, a column for each workload; `cell` is made of its slices and those of the limit. */
function matrixOf(measured, cell) {
  const workloads = [...new Set(measured.map(({ workload }) => workload))]
  const rows = [...new Set(measured.map(({ framework }) => framework))].flatMap(framework => {
    const own = measured.filter(each => each.framework === framework)
    const kinds = [...new Set(own.flatMap(({ slices }) => Object.keys(slices)))]
    return kinds.map(kind => {
      const cells = workloads.map(workload => {
        const { slices } = own.find(each => each.workload === workload)
        return slices[kind] === undefined ? '' : cell(slices[kind], slices[LIMIT])
      })
      return [framework, kind, ...cells]
    })
  })
  return markdownTable(['', 'who', ...workloads], rows)
}

/** How many pairs of parallel writers lost a field; those of the limit say how often there was something to lose. */
export function lossesOf(losses) {
  const head = ['', ...new Set(losses.map(({ kind }) => kind))]
  const frameworks = [...new Set(losses.map(({ framework }) => framework))]
  const cell = (framework, kind) => {
    const found = losses.find(each => each.framework === framework && each.kind === kind)
    return found === undefined ? '' : `${found.lost} of ${found.pairs}`
  }
  const rows = frameworks.map(framework => [framework, ...head.slice(1).map(kind => cell(framework, kind))])
  return `**Pairs of parallel writers that lose a field**\n\n${markdownTable(head, rows)}`
}

const rangeOf = ratios => `${Math.min(...ratios).toFixed(2)}..${Math.max(...ratios).toFixed(2)}`

function commandsOf(commands) {
  const texts = Object.entries(commands).map(([name, count]) => `${count.toFixed(2)} ${name}`)
  return texts.length === 0 ? 'none' : texts.join(' + ')
}
