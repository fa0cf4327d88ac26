/** The comparison as a picture: for each framework, how many times the CPU of the limit a request costs. */
import { lollipopChart } from '../plot/lollipop-chart.mjs'
import { median } from '../statistics.mjs'
import { LIMIT, SESSIONLESS } from './contestants.mjs'
import { ratiosOf } from './report.mjs'

const TITLE = 'What a request with a session costs'
const SUBTITLE =
  'CPU of the server per request, by that of a minimum written by hand on the same framework. The band: from the lowest to the highest round.'

/** Undefined where the limit did not take part: then there is nothing to compare with. */
export function comparisonPlot(measured) {
  const compared = measured.filter(({ slices }) => slices[LIMIT] !== undefined)
  if (compared.length === 0) return undefined
  const frameworks = [...new Set(compared.map(({ framework }) => framework))]
  const panels = frameworks.map(framework => ({
    title: framework,
    groups: compared.filter(each => each.framework === framework).map(groupOf),
  }))
  return lollipopChart({ title: TITLE, subtitle: SUBTITLE, axis: 'times the limit', panels })
}

function groupOf({ workload, slices }) {
  const limits = slices[LIMIT]
  const others = Object.entries(slices).filter(([kind]) => kind !== LIMIT && !SESSIONLESS.has(kind))
  const rows = others.map(([kind, own]) => {
    const ratios = ratiosOf(own, limits)
    return {
      name: kind === 'ours' ? 'sentinel-session' : kind,
      isOurs: kind === 'ours',
      value: median(ratios),
      low: Math.min(...ratios),
      high: Math.max(...ratios),
    }
  })
  return { title: workload, rows }
}
