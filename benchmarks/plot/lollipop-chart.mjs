/** How far from one: a row for each, grouped, with a stem from 1 and a band from the lowest to the highest that was seen. */
import { logScale, ticksAround } from './log-scale.mjs'
import { HEAD, MARGIN, picture } from './picture.mjs'
import { circle, label, line } from './svg.mjs'

const PANEL = { width: 470, left: 150, right: 44, head: 30, foot: 40, gap: 26 }
const ROW = 17
const GROUP = { head: 20, foot: 7 }

/** `panels`, two beside each other: `{ title, groups: [{ title, rows: [{ name, value, low, high, isOurs }] }] }`. */
export function lollipopChart({ title, subtitle, axis, panels }) {
  const values = panels.flatMap(({ groups }) =>
    groups.flatMap(({ rows }) => rows.flatMap(({ low, high }) => [low, high])),
  )
  const ticks = ticksAround([...values, 1])
  const width = 2 * MARGIN + 2 * PANEL.width + PANEL.gap
  let top = HEAD + 14
  const drawn = []
  for (let at = 0; at < panels.length; at += 2) {
    const pair = panels.slice(at, at + 2)
    const body = Math.max(...pair.map(heightOf))
    drawn.push(pair.map((panel, n) => drawPanel(panel, MARGIN + n * (PANEL.width + PANEL.gap), top, body, ticks, axis)))
    top += PANEL.head + body + PANEL.foot + 18
  }
  return picture({ width, height: top, title, subtitle }, drawn)
}

function heightOf({ groups }) {
  return groups.reduce((sum, { rows }) => sum + GROUP.head + rows.length * ROW + GROUP.foot, 0)
}

function drawPanel({ title, groups }, left, top, body, ticks, axis) {
  const [x0, x1] = [left + PANEL.left, left + PANEL.width - PANEL.right]
  const [y0, y1] = [top + PANEL.head, top + PANEL.head + body]
  const toX = logScale(ticks, x0, x1)
  const drawn = [
    label(left, top + 14, 'title ink', title),
    ticks.map(tick => [
      line(toX(tick), y0, toX(tick), y1, tick === 1 ? 'axis' : 'grid'),
      label(toX(tick), y1 + 16, 'small muted', `${tick}×`, 'middle'),
    ]),
    label((x0 + x1) / 2, y1 + 33, 'small muted', axis, 'middle'),
  ]
  let y = y0
  for (const group of groups) {
    drawn.push(label(left, y + 14, 'strong ink', group.title))
    y += GROUP.head
    for (const row of group.rows) {
      drawn.push(drawRow(row, left, x1, y + ROW / 2, toX))
      y += ROW
    }
    y += GROUP.foot
  }
  return drawn
}

function drawRow({ name, value, low, high, isOurs }, left, right, y, toX) {
  const [dot, stem] = isOurs ? ['hue0', 'line0'] : ['others', 'stem-others']
  const beyond = Math.max(toX(value) + 6, toX(high)) + 5
  return [
    label(left + PANEL.left - 10, y + 4, isOurs ? 'strong ink' : 'muted', name, 'end'),
    line(toX(low), y, toX(high), y, `band ${stem}`),
    line(toX(1), y, toX(value), y, `stem ${stem}`),
    circle(toX(value), y, 5, dot),
    label(Math.min(beyond, right + 8), y + 4, isOurs ? 'small strong ink' : 'small muted', value.toFixed(2)),
  ]
}
