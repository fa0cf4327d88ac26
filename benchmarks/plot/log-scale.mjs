/** A logarithmic axis: where a value stands between two ends, and which values get a line. */
export function logScale(values, from, to) {
  const low = Math.log10(Math.min(...values))
  const span = Math.log10(Math.max(...values)) - low || 1
  return value => from + ((Math.log10(value) - low) / span) * (to - from)
}

/** Round values around these, the first below and the last above all of them. Throws for what has no logarithm. */
export function ticksAround(values) {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  if (!(least > 0)) throw new RangeError(`A logarithmic axis has no place for ${least}.`)
  const steps = most / least > 300 ? [1] : most / least > 40 ? [1, 3] : [1, 2, 5]
  const all = []
  for (let power = Math.floor(Math.log10(least)) - 1; power <= Math.ceil(Math.log10(most)); power += 1) {
    for (const step of steps) all.push(step * 10 ** power)
  }
  const first = all.findLastIndex(tick => tick <= least * 1.001)
  const last = all.findIndex(tick => tick >= most * 0.999)
  return all.slice(Math.max(first, 0), last + 1)
}

/** 0.2, 15, 3 000. */
export function numberText(value) {
  const text = value >= 10 ? value.toFixed(0) : String(Number(value.toPrecision(2)))
  return text.replace(/\B(?=(\d{3})+$)/g, '\u202f')
}
