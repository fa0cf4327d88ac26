/** How long a request may wait for a primary, when no option says it: long enough to notice and to switch (DESIGN 6.4). Pure. */

const SHORTEST_BUDGET_MS = 5_000
const LONGEST_BUDGET_MS = 15_000
const SWITCH_MS = 4_000

/** By what the slowest of those that decide waits before it calls a primary down. */
export function budgetFor(downAfterMs: readonly number[]): number {
  const needed = Math.max(0, ...downAfterMs) + SWITCH_MS
  return Math.min(Math.max(needed, SHORTEST_BUDGET_MS), LONGEST_BUDGET_MS)
}
