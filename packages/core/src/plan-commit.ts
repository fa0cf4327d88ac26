/** The decision at the end of a request: a pure function of state, policy, time and the response status. */

export interface SessionState {
  status: 'live' | 'retired' | 'degraded' | 'destroyed'
  /** A record exists, as far as this request knows. */
  stored: boolean
  /** Something differs from what was loaded. */
  changed: boolean
  empty: boolean
  regenerates: boolean
  /** Epoch ms; null until stored. */
  expiresAt: number | null
  /** The deadline that a write or a touch would set now. */
  nextExpiresAt: number
  /** The handler looked at the session in any way. */
  accessed: boolean
  /** The browser does not have the sid of the record yet: it was created or replaced during this request. */
  cookieDue: boolean
  /** The browser has a cookie of our name. */
  cookieHeld: boolean
}

export interface CommitPolicy {
  touchIntervalMs: number
  /** Commit at status 500 and above too. */
  commitOnError: boolean
  /** The cookie's Max-Age follows the idle deadline. */
  rolling: boolean
}

export interface CommitPlan {
  write: 'none' | 'create' | 'replace' | 'regenerate' | 'touch'
  cookie: 'none' | 'set' | 'clear'
  /** The response depends on the cookie. */
  vary: boolean
}

/**
 * Nothing is stored and no cookie leaves until something is set. At 500 and above nothing is committed, unless `commitOnError`;
 * what an awaited `save()` or `destroy()` did has happened, and its cookie leaves.
 */
export function planCommit(state: SessionState, policy: CommitPolicy, responseStatus: number): CommitPlan {
  const vary = state.accessed
  if (state.status === 'destroyed') return { write: 'none', cookie: state.cookieHeld ? 'clear' : 'none', vary }
  if (state.status !== 'live') return { write: 'none', cookie: 'none', vary }
  const write = responseStatus >= 500 && !policy.commitOnError ? 'none' : planWrite(state, policy)
  const newSid = state.cookieDue || write === 'create' || write === 'regenerate'
  const set = newSid || (policy.rolling && (write === 'replace' || write === 'touch'))
  return { write, cookie: set ? 'set' : 'none', vary: vary || set }
}

function planWrite(state: SessionState, policy: CommitPolicy): CommitPlan['write'] {
  if (!state.stored) return state.changed && !state.empty ? 'create' : 'none'
  if (state.regenerates) return 'regenerate'
  if (state.changed) return 'replace'
  const moved = state.nextExpiresAt - (state.expiresAt ?? 0)
  return moved > 0 && moved >= policy.touchIntervalMs ? 'touch' : 'none'
}
