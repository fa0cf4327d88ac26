/** kill -9 of the primary. */
export const restMs = 15_000

export async function strike({ trio, mark }) {
  await trio.killPrimary()
  mark()
}
