/** A small line plot: SVG without a library, drawn anew each second, in the pixels that there are. */

const HEIGHT = 150
const TOP = 8
const BOTTOM = 6
const LEFT = 52
const SVG = 'http://www.w3.org/2000/svg'

/** `lines` are [name of the figure, class]; each is drawn for both stores. A null figure is a gap. */
export function plot(holder, seconds, { lines, span, isTime = false }) {
  const width = Math.max(holder.clientWidth, 120)
  const values = seconds.flatMap(second => lines.flatMap(([name]) => [second.ours[name], second.ordinary[name]]))
  const scale = isTime ? timeScale() : countScale(Math.max(0, ...values.filter(value => value !== null)))
  const x = at => LEFT + ((width - LEFT - 2) * (at + span - seconds.length)) / (span - 1)
  const y = value => TOP + (HEIGHT - TOP - BOTTOM) * (1 - scale.share(value))

  const svg = element('svg', { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, 'aria-hidden': 'true' })
  for (const [value, label] of scale.ticks) {
    svg.append(element('line', { class: 'grid', x1: LEFT, x2: width, y1: y(value), y2: y(value) }))
    svg.append(element('text', { x: LEFT - 6, y: y(value) + 4, 'text-anchor': 'end' }, label))
  }
  for (const [at, { marks }] of seconds.entries()) {
    for (const { kind, text } of marks) {
      const mark = element('line', { class: `mark ${kind}`, x1: x(at), x2: x(at), y1: 0, y2: HEIGHT })
      mark.append(element('title', {}, text))
      svg.append(mark)
    }
  }
  for (const store of ['ordinary', 'ours']) {
    for (const [name, look] of lines) {
      svg.append(
        element('path', {
          class: `curve ${store} ${look}`,
          d: path(
            seconds.map(second => second[store][name]),
            x,
            y,
          ),
        }),
      )
    }
  }
  holder.replaceChildren(svg)
}

function path(values, x, y) {
  let isDown = false
  const steps = values.map((value, at) => {
    const step = value === null ? '' : `${isDown ? 'L' : 'M'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`
    // A point between two gaps is seen as well.
    const dot = step !== '' && !isDown && (values[at + 1] ?? null) === null ? 'h1' : ''
    isDown = value !== null
    return step + dot
  })
  return steps.join('')
}

/** From 0 to a round number above the highest value. */
function countScale(highest) {
  const least = Math.max(highest, 4)
  const power = 10 ** Math.floor(Math.log10(least))
  const top = [1, 1.2, 1.6, 2, 3, 4, 6, 10].map(step => step * power).find(step => step >= least)
  const ticks = [0, top / 2, top].map(value => [value, String(value)])
  return { ticks, share: value => value / top }
}

/** Logarithmic, from a tenth of a millisecond to 30 seconds: a pause and a usual answer are four orders apart. */
function timeScale() {
  const [low, high] = [0.1, 30_000].map(Math.log10)
  const ticks = [
    [1, '1 ms'],
    [10, '10 ms'],
    [100, '100 ms'],
    [1000, '1 s'],
    [10_000, '10 s'],
  ]
  const share = value => Math.min(1, Math.max(0, (Math.log10(Math.max(value, 0.1)) - low) / (high - low)))
  return { ticks, share }
}

function element(name, attributes, text = '') {
  const made = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.textContent = text
  return made
}
