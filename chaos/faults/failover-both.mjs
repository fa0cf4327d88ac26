/** A planned failover, and one web process dies before the old primary is demoted: nobody else knows what it was told there. */
export const restMs = 15_000

export async function strike({ trio, webs, mark }) {
  mark()
  await trio.failover()
  await webs[0].kill()
}
