/** The decision at the end of a request: a pure function of state, policy, time and the response status. */

export interface SessionState {
  status: 'live' | 'retired' | 'degraded' | 'destroyed'
  /** A record exists, as far as this request knows. */
  stored: boolean
  /** Something differs from what was loaded. */
  changed: boolean
  empty: boolean
  regenerates: boolean
  /** Epoch ms since when the sid is in use; null until stored. */
  sidSince: number | null
  now: number
  /** The sid was renewed by another request and works for the rest of the grace: no cookie of it may leave any more. */
  superseded: boolean
  /** Epoch ms; null until stored. */
  expiresAt: number | null
  /** The deadline that a write or a touch would set now. */
  nextExpiresAt: number
  /** An awaited `save()` has moved the deadline. */
  extended: boolean
  /** The handler looked at the session in any way. */
  accessed: boolean
  /** The browser does not have the sid of the record yet: it was created or replaced during this request. */
  cookieDue: boolean
  /** The browser has a cookie of our name, and it is for this request to clear. */
  cookieHeld: boolean
}

export interface CommitPolicy {
  touchIntervalMs: number
  /** Age at which a sid is replaced. Infinity: never. */
  renewAfterMs: number
  /** Commit at status 500 and above too. */
  commitOnError: boolean
  /** The cookie's Max-Age follows the idle deadline. */
  rolling: boolean
}

export interface CommitPlan {
  /** `renew`: a new sid for the same session, which the old one leads to until the grace ends. */
  write: 'none' | 'create' | 'replace' | 'regenerate' | 'renew' | 'touch'
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
  const newSid = state.cookieDue || write === 'create' || write === 'regenerate' || write === 'renew'
  const moved = write === 'replace' || write === 'touch' || state.extended
  const set = newSid || (policy.rolling && moved && !state.superseded)
  return { write, cookie: set ? 'set' : 'none', vary: vary || set }
}

function planWrite(state: SessionState, policy: CommitPolicy): CommitPlan['write'] {
  const write = planSave(state, policy)
  const replaceable = write === 'none' || write === 'touch' || write === 'replace'
  return replaceable && isRenewalDue(state, policy) ? 'renew' : write
}

/** What an awaited `save()` does: all but the renewal, which needs a response to carry the cookie, and can wait for the next. */
export function planSave(state: SessionState, policy: CommitPolicy): Exclude<CommitPlan['write'], 'renew'> {
  if (!state.stored) return state.changed && !state.empty ? 'create' : 'none'
  if (state.regenerates) return 'regenerate'
  if (state.changed) return 'replace'
  const moved = state.nextExpiresAt - (state.expiresAt ?? 0)
  return moved > 0 && moved >= policy.touchIntervalMs ? 'touch' : 'none'
}

/** A response that has nothing to do with the session stays without its cookie, and cacheable. */
function isRenewalDue({ sidSince, now, accessed, superseded }: SessionState, { renewAfterMs }: CommitPolicy): boolean {
  return sidSince !== null && accessed && !superseded && now - sidSince >= renewAfterMs
}
