/** Which element of a stored list tells the type of each element that takes its place. */
import { deepEqual } from '@sentinel-session/core/internal'

/** So far ahead an element is looked for: a long list must not be compared with all of another. */
const WINDOW = 64

/**
 * Indexes into `before`. What is still there is itself, wherever it moved to; between two such elements places are compared, and what was
 * added behind is like the last one. So a `shift`, a `push` or a `splice` leaves the others what they were.
 */
export function guidesOf(items: readonly unknown[], before: readonly unknown[]): number[] {
  const guides: number[] = []
  /** What is before it has its element. */
  let next = 0
  for (const item of items) {
    const known = findFrom(next, item, before)
    guides.push(known)
    if (known !== -1) next = known + 1
  }
  let last = -1
  for (const [i, known] of guides.entries()) {
    if (known !== -1) last = known
    else {
      const following = guides.slice(i + 1, i + 1 + WINDOW).find(guide => guide !== -1) ?? before.length
      last = Math.max(last, Math.min(last + 1, following - 1))
      guides[i] = Math.max(last, 0)
    }
  }
  return guides
}

function findFrom(start: number, item: unknown, before: readonly unknown[]): number {
  const end = Math.min(start + WINDOW, before.length)
  for (let i = start; i < end; i++) if (deepEqual(item, before[i])) return i
  return -1
}
