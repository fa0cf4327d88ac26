/** A machine dies, and with it the primary and one of the web processes: what only that process knew is gone. */
export const restMs = 15_000

export async function strike({ trio, webs, mark }) {
  await Promise.all([trio.killPrimary(), webs[0].kill()])
  mark()
}
