/** All contestants in turns, in the other order every second round, so that none always follows the same one. */
export async function inTurns(contestants, workload, rounds, slicing) {
  const slices = Object.fromEntries(contestants.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) {
      slices[contestant.name].push(await contestant.slice(workload, slicing))
    }
  }
  return slices
}
