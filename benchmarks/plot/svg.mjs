/** SVG as text: an element has attributes and holds texts or other elements. */
export function element(name, attributes = {}, ...children) {
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined)
  const text = given
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escaped(value)}"`)
    .join('')
  const inside = children.flat(Infinity).join('')
  return inside === '' ? `<${name}${text}/>\n` : `<${name}${text}>${inside}</${name}>\n`
}

/** `anchor`: which end of the text is at `x`. */
export function label(x, y, className, text, anchor) {
  return element('text', { x, y, class: className, 'text-anchor': anchor }, escaped(text))
}

export const line = (x1, y1, x2, y2, className) => element('line', { x1, y1, x2, y2, class: className })

export const circle = (cx, cy, r, className) => element('circle', { cx, cy, r, class: className })

/** About as wide as it will be: no font is at hand to ask. */
export const widthOf = (text, size) => String(text).length * size * 0.56

const round = value => Math.round(value * 10) / 10

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = text => String(text).replace(/[&<>"]/g, character => ENTITIES[character])
