/** A planned failover. The old primary goes on accepting writes until the sentinels demote it, some ten seconds later. */
export const restMs = 15_000

export async function strike({ trio, mark }) {
  mark()
  await trio.failover()
}
