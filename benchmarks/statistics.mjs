/** The few numbers that a noisy machine lets us quote. */

/** The value below which this share of the others lies. */
export function quantile(values, share) {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}

export const median = values => quantile(values, 0.5)
