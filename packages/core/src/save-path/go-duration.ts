/** Durations as Go's `time.ParseDuration` reads them: `1h30m`, `250ms`, `1.5s`, `-1s`, `0`. */

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  // Go takes the micro sign (U+00B5) and the Greek letter (U+03BC).
  '\u00b5s': 1e-3,
  '\u03bcs': 1e-3,
  ms: 1,
  s: 1e3,
  m: 6e4,
  h: 3.6e6,
}

// Go counts nanoseconds in 64 bits: about 292 years.
const MOST_MS = 2 ** 63 / 1e6

/** Milliseconds, with a fraction for what is shorter; `undefined` for what Go refuses. */
export function parseGoDuration(text: string): number | undefined {
  const isNegative = text.startsWith('-')
  const rest = text.replace(/^[-+]/, '')
  if (rest === '0') return 0
  if (rest === '') return undefined
  const part = /(\d+(?:\.\d*)?|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/y
  let ms = 0
  while (part.lastIndex < rest.length) {
    const match = part.exec(rest)
    if (match === null) return undefined
    ms += Number(match[1]) * UNIT_MS[match[2]!]!
  }
  if (ms >= MOST_MS) return undefined
  return isNegative ? 0 - ms : ms
}
