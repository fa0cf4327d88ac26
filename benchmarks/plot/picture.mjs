/** What every picture has around it: the ground, a title, and a line that says what is shown. */
import { element, label } from './svg.mjs'
import { STYLE } from './theme.mjs'

export const MARGIN = 24
/** Where the first panel may begin. */
export const HEAD = 64

export function picture({ width, height, title, subtitle }, ...children) {
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'aria-label': title,
    },
    element('title', {}, title),
    element('style', {}, STYLE),
    element('rect', { x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 8, class: 'ground' }),
    label(MARGIN, 32, 'title ink', title),
    label(MARGIN, 51, 'muted', subtitle),
    ...children,
  )
}
