/**
 * All contestants in turns, in the other order every second round, so that none always follows the same one. Each has done the same for
 * `warmUpMs` before: until V8 has compiled what a workload needs, a request costs up to twice as much.
 */
export async function inTurns(contestants, workload, rounds, { warmUpMs = 0, ...slicing }) {
  if (warmUpMs > 0) for (const contestant of contestants) await contestant.slice(workload, { ...slicing, ms: warmUpMs })
  const slices = Object.fromEntries(contestants.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) {
      slices[contestant.name].push(await contestant.slice(workload, slicing))
    }
  }
  return slices
}
