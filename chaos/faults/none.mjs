/** Nothing happens: what the contestant does when left alone. */
export const restMs = 10_000

export async function strike({ mark }) {
  mark()
}
