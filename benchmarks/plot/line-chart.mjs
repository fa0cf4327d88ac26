/** How something grows: panels beside each other with lines on two logarithmic axes. */
import { logScale, numberText, ticksAround } from './log-scale.mjs'
import { HEAD, MARGIN, picture } from './picture.mjs'
import { circle, element, label, line, widthOf } from './svg.mjs'
import { SIZES } from './theme.mjs'

const PANEL = { width: 300, height: 220, left: 44, top: 30, bottom: 44, gap: 16 }
const LEGEND = 30

/**
 * `panels`: rows of panels, each `{ title, x, series }`; `x` has a `label`, the `ticks`, and `text(tick)`. A series has a `name`, a `hue`,
 * whether it is `dashed` and `isLevel` (then no point is marked), and `points`. With `sharesRows` the panels of a row have one vertical axis.
 */
export function lineChart({ title, subtitle, panels: rows, sharesRows = false }) {
  const columns = Math.max(...rows.map(row => row.length))
  const width = 2 * MARGIN + columns * PANEL.width + (columns - 1) * PANEL.gap
  const top = HEAD + LEGEND
  const height = top + rows.length * (PANEL.height + PANEL.gap) - PANEL.gap + MARGIN / 2
  const all = rows.flat().flatMap(({ series }) => series)
  const drawn = rows.flatMap((row, at) =>
    row.map((panel, column) => {
      const ticks = ticksOf(sharesRows ? row : [panel])
      return drawPanel(panel, ticks, MARGIN + column * (PANEL.width + PANEL.gap), top + at * (PANEL.height + PANEL.gap))
    }),
  )
  return picture({ width, height, title, subtitle }, legend(all), drawn)
}

function ticksOf(panels) {
  return ticksAround(panels.flatMap(({ series }) => series.flatMap(({ points }) => points.map(([, y]) => y))))
}

/** Once for each name. */
function legend(series) {
  const named = new Map(series.map(each => [each.name, each]))
  let x = MARGIN
  return [...named.values()].map(each => {
    const at = x
    x += 38 + widthOf(each.name, SIZES.text) + 14
    return [
      line(at, HEAD + 10, at + 26, HEAD + 10, classOf(each)),
      each.isLevel ? [] : dot(at + 13, HEAD + 10, each),
      label(at + 33, HEAD + 14, 'ink', each.name),
    ]
  })
}

function drawPanel({ title, x, series }, ticks, left, top) {
  const [x0, x1] = [left + PANEL.left, left + PANEL.width - 12]
  const [y0, y1] = [top + PANEL.height - PANEL.bottom, top + PANEL.top]
  const [toX, toY] = [logScale(x.ticks, x0, x1), logScale(ticks, y0, y1)]
  return [
    label(left, top + 12, 'strong ink', title),
    ticks.map(tick => [
      line(x0, toY(tick), x1, toY(tick), 'grid'),
      label(x0 - 7, toY(tick) + 4, 'small muted', numberText(tick), 'end'),
    ]),
    line(x0, y0, x1, y0, 'axis'),
    x.ticks.map(tick => [
      line(toX(tick), y0, toX(tick), y0 + 4, 'axis'),
      label(toX(tick), y0 + 17, 'small muted', x.text(tick), 'middle'),
    ]),
    label((x0 + x1) / 2, y0 + 34, 'small muted', x.label, 'middle'),
    series.map(each => drawSeries(each, toX, toY)),
  ]
}

function drawSeries(series, toX, toY) {
  const points = series.points.map(([x, y]) => [toX(x), toY(y)])
  const path = points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ')
  return [
    element('polyline', { points: path, class: classOf(series) }),
    series.isLevel ? [] : points.map(([x, y]) => dot(x, y, series)),
  ]
}

const classOf = ({ hue, dashed }) => `series line${hue}${dashed ? ' dashed' : ''}`
const dot = (x, y, { hue, dashed }) => circle(x, y, dashed ? 3 : 3.5, dashed ? `hollow${hue}` : `hue${hue}`)
