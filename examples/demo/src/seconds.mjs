/** A duration for people, which stays on one line. */
export function seconds(ms) {
  return `${(ms / 1000).toFixed(2)}\u00a0s`
}
