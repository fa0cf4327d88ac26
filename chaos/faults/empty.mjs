/** The primary dies and is back, empty, before any sentinel misses it; its replicas then copy its emptiness. */
export const restMs = 10_000

export async function strike({ trio, mark }) {
  const primary = await trio.currentPrimary()
  mark()
  await trio.restart(primary, { empty: true })
}
