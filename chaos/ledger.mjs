/**
 * What was acknowledged to the users, and what became of it. It knows no library and no Redis: sessions as users hold them, and
 * what a fresh web process answers for each in the end.
 */

/**
 * @typedef {object} Entry One session, from an acknowledged login on.
 * @property {string} user The name that it was given; no other session has it.
 * @property {string} cookie The Cookie header that carries its sid.
 * @property {{ op: string, at: number }[]} acknowledged The updates that were answered with success, and when.
 * @property {string[]} unknown Those that failed: they may have happened or not.
 * @property {'none' | 'acknowledged' | 'unknown'} logout
 * @property {number} empties How often it was answered with success as if it were empty.
 * @property {number} strangers How often somebody else's session was answered.
 */

/** @returns {Entry} */
export function entryOf(user, cookie) {
  return { user, cookie, acknowledged: [], unknown: [], logout: 'none', empties: 0, strangers: 0 }
}

/**
 * @param {Entry[]} entries
 * @param {({ user: string | null, n?: number, ops?: string[] } | undefined)[]} found In their order; undefined: nobody answered.
 */
export function balance(entries, found) {
  const rows = entries.map((entry, at) => compare(entry, found[at]))
  const sum = name => rows.reduce((total, row) => total + row[name], 0)
  return {
    sessions: entries.length,
    acknowledged: entries.reduce((total, { acknowledged }) => total + acknowledged.length, 0),
    logouts: entries.filter(({ logout }) => logout === 'acknowledged').length,
    lost: rows.flatMap(({ lost }) => lost).length,
    /** When the first and the last of them had been acknowledged. */
    lostBetween: bounds(rows.flatMap(({ lost }) => lost.map(({ at }) => at))),
    duplicated: sum('duplicated'),
    resurrected: sum('resurrected'),
    sessionsLost: sum('sessionsLost'),
    silentlyEmpty: entries.reduce((total, { empties }) => total + empties, 0),
    strangers: entries.reduce((total, { strangers }) => total + strangers, 0) + sum('strangers'),
    unread: sum('unread'),
  }
}

const bounds = times => (times.length === 0 ? undefined : [Math.min(...times), Math.max(...times)])

const EVEN = { lost: [], duplicated: 0, resurrected: 0, sessionsLost: 0, strangers: 0, unread: 0 }

/** Updates of a lost session are lost too. Those of a session that was logged out are nobody's any more. */
function compare(entry, found) {
  if (found === undefined) return { ...EVEN, unread: 1 }
  const isThere = found.user === entry.user
  if (found.user !== null && !isThere) return { ...EVEN, strangers: 1 }
  if (entry.logout === 'acknowledged') return { ...EVEN, resurrected: isThere ? 1 : 0 }
  if (!isThere && entry.logout === 'unknown') return EVEN
  if (!isThere) return { ...EVEN, sessionsLost: 1, lost: entry.acknowledged }
  const ops = found.ops ?? []
  const kept = new Set(ops)
  return {
    ...EVEN,
    lost: entry.acknowledged.filter(({ op }) => !kept.has(op)),
    duplicated: ops.length - kept.size + Math.abs((found.n ?? 0) - ops.length),
  }
}
