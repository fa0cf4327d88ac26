/** Colours that can be told apart by everybody, on light and on dark pages: the picture brings its own ground, so both change together. */
const LIGHT = { ground: '#ffffff', edge: '#d0d7de', ink: '#1f2328', muted: '#59636e', grid: '#e4e8ec' }
const DARK = { ground: '#0d1117', edge: '#30363d', ink: '#e6edf3', muted: '#9198a1', grid: '#262c34' }

/** One for each thing that is compared. */
const HUES = {
  light: ['#0b63ce', '#c2410c', '#0f766e', '#8b3fbf'],
  dark: ['#58a6ff', '#f0883e', '#3fc1ae', '#c08cf5'],
}

export const SIZES = { title: 17, text: 12, small: 11 }

export const STYLE = `
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; font-size: ${SIZES.text}px }
.title { font-size: ${SIZES.title}px; font-weight: 600 }
.strong { font-weight: 600 }
.small { font-size: ${SIZES.small}px }
.axis { stroke-width: 1 }
.series { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round }
.dashed { stroke-dasharray: 5 4 }
.band { stroke-width: 9; opacity: .22 }
.stem { stroke-width: 2 }
${colours(LIGHT, HUES.light)}
@media (prefers-color-scheme: dark) {
${colours(DARK, HUES.dark)}
}
`

/** `hue0`, `hue1` fill; `line0`, `line1` draw lines; `hollow0`, `hollow1` draw rings. */
function colours({ ground, edge, ink, muted, grid }, hues) {
  return [
    `.ground { fill: ${ground}; stroke: ${edge} }`,
    `.ink { fill: ${ink} }`,
    `.muted { fill: ${muted} }`,
    `.grid { stroke: ${grid} }`,
    `.axis { stroke: ${muted} }`,
    `.others { fill: ${muted} }`,
    `.stem-others { stroke: ${muted} }`,
    ...hues.flatMap((hue, n) => [
      `.hue${n} { fill: ${hue} }`,
      `.line${n} { stroke: ${hue} }`,
      `.hollow${n} { fill: ${ground}; stroke: ${hue}; stroke-width: 2 }`,
    ]),
  ].join('\n')
}
