import { describe, expect, it } from 'vitest'
import { type CommitPlan, type CommitPolicy, planCommit, type SessionState } from './plan-commit.ts'

const MINUTE = 60_000
const policy: CommitPolicy = {
  touchIntervalMs: 3 * MINUTE,
  renewAfterMs: Number.POSITIVE_INFINITY,
  commitOnError: false,
  rolling: false,
}
const fresh: SessionState = {
  status: 'live',
  stored: false,
  changed: false,
  empty: true,
  regenerates: false,
  sidSince: null,
  now: 0,
  superseded: false,
  expiresAt: null,
  nextExpiresAt: 30 * MINUTE,
  extended: false,
  accessed: false,
  cookieDue: false,
  cookieHeld: false,
}
const stored: SessionState = {
  ...fresh,
  stored: true,
  empty: false,
  sidSince: 0,
  expiresAt: 30 * MINUTE,
  accessed: true,
  cookieHeld: true,
}
const old = { now: 60 * MINUTE, nextExpiresAt: 30 * MINUTE }
const renewing = { policy: { renewAfterMs: 60 * MINUTE } }
const due = { nextExpiresAt: 33 * MINUTE }

type Row = [
  title: string,
  state: Partial<SessionState>,
  plan: CommitPlan,
  more?: { status?: number; policy?: Partial<CommitPolicy> },
]

const plan = (write: CommitPlan['write'], cookie: CommitPlan['cookie'], vary = true): CommitPlan => ({
  write,
  cookie,
  vary,
})

const table: Record<string, { base: SessionState; rows: Row[] }> = {
  'a new session': {
    base: fresh,
    rows: [
      ['untouched', {}, plan('none', 'none', false)],
      ['only looked at', { accessed: true }, plan('none', 'none')],
      ['with values', { changed: true, empty: false, accessed: true }, plan('create', 'set')],
      ['with values that were taken out again', { changed: true, accessed: true }, plan('none', 'none')],
      ['that regenerates without values', { regenerates: true, accessed: true }, plan('none', 'none')],
      [
        'that regenerates with values',
        { regenerates: true, changed: true, empty: false, accessed: true },
        plan('create', 'set'),
      ],
      ['with values, at 500', { changed: true, empty: false, accessed: true }, plan('none', 'none'), { status: 500 }],
      ['with values, at 404', { changed: true, empty: false, accessed: true }, plan('create', 'set'), { status: 404 }],
      [
        'with values, at 500 with commitOnError',
        { changed: true, empty: false, accessed: true },
        plan('create', 'set'),
        { status: 500, policy: { commitOnError: true } },
      ],
      ['behind an unusable cookie', { cookieHeld: true, accessed: true }, plan('none', 'none')],
    ],
  },
  'a stored session': {
    base: stored,
    rows: [
      ['unchanged', {}, plan('none', 'none')],
      ['not looked at', { accessed: false }, plan('none', 'none', false)],
      ['changed', { changed: true }, plan('replace', 'none')],
      ['emptied', { changed: true, empty: true }, plan('replace', 'none')],
      ['changed, at 503', { changed: true }, plan('none', 'none'), { status: 503 }],
      ['regenerated', { regenerates: true }, plan('regenerate', 'set')],
      ['regenerated and changed', { regenerates: true, changed: true }, plan('regenerate', 'set')],
      ['regenerated, at 500', { regenerates: true }, plan('none', 'none'), { status: 500 }],
      ['whose deadline is old', due, plan('touch', 'none')],
      ['whose deadline is almost old', { nextExpiresAt: 33 * MINUTE - 1 }, plan('none', 'none')],
      ['whose deadline is old, changed', { ...due, changed: true }, plan('replace', 'none')],
      ['whose deadline is old, not looked at', { ...due, accessed: false }, plan('touch', 'none', false)],
      ['whose absolute deadline is all that is left', { nextExpiresAt: 30 * MINUTE }, plan('none', 'none')],
      ['whose deadline is old, at 500', due, plan('none', 'none'), { status: 500 }],
      ['changed, with a rolling cookie', { changed: true }, plan('replace', 'set'), { policy: { rolling: true } }],
      ['touched, with a rolling cookie', due, plan('touch', 'set'), { policy: { rolling: true } }],
      ['unchanged, with a rolling cookie', {}, plan('none', 'none'), { policy: { rolling: true } }],
      ['that an awaited save created', { cookieDue: true, cookieHeld: false }, plan('none', 'set')],
      [
        'that an awaited save created, at 500',
        { cookieDue: true, cookieHeld: false },
        plan('none', 'set'),
        { status: 500 },
      ],
      [
        'touched always, with an interval of 0',
        { nextExpiresAt: 30 * MINUTE + 1 },
        plan('touch', 'none'),
        { policy: { touchIntervalMs: 0 } },
      ],
    ],
  },
  'a stored session with a rolling cookie': {
    base: stored,
    rows: [
      ['that an awaited save moved', { extended: true }, plan('none', 'set'), { policy: { rolling: true } }],
      [
        'that an awaited save moved, at 500',
        { extended: true },
        plan('none', 'set'),
        { status: 500, policy: { rolling: true } },
      ],
      ['changed, at 500', { changed: true }, plan('none', 'none'), { status: 500, policy: { rolling: true } }],
      ['that an awaited save moved, without one', { extended: true }, plan('none', 'none')],
    ],
  },
  'a stored session with an old sid': {
    base: { ...stored, ...old },
    rows: [
      ['without renewal', {}, plan('none', 'none')],
      ['looked at', {}, plan('renew', 'set'), renewing],
      ['changed', { changed: true }, plan('renew', 'set'), renewing],
      ['whose deadline is old', { nextExpiresAt: 33 * MINUTE }, plan('renew', 'set'), renewing],
      ['a moment younger', { now: 60 * MINUTE - 1 }, plan('none', 'none'), renewing],
      ['that is younger than its session', { sidSince: 1 }, plan('none', 'none'), renewing],
      ['not looked at', { accessed: false }, plan('none', 'none', false), renewing],
      ['that regenerates', { regenerates: true }, plan('regenerate', 'set'), renewing],
      ['at 500', {}, plan('none', 'none'), { ...renewing, status: 500 }],
      ['at 404', {}, plan('renew', 'set'), { ...renewing, status: 404 }],
      [
        'at 500 with commitOnError',
        {},
        plan('renew', 'set'),
        { status: 500, policy: { ...renewing.policy, commitOnError: true } },
      ],
      ['that is retired', { status: 'retired' }, plan('none', 'none'), renewing],
      ['that is destroyed', { status: 'destroyed' }, plan('none', 'clear'), renewing],
    ],
  },
  'a session whose sid another request renewed': {
    base: { ...stored, ...old, superseded: true },
    rows: [
      ['unchanged', {}, plan('none', 'none'), renewing],
      ['changed', { changed: true }, plan('replace', 'none'), renewing],
      [
        'changed, with a rolling cookie',
        { changed: true },
        plan('replace', 'none'),
        { policy: { ...renewing.policy, rolling: true } },
      ],
      [
        'that an awaited save moved, with a rolling cookie',
        { extended: true },
        plan('none', 'none'),
        { policy: { ...renewing.policy, rolling: true } },
      ],
      ['that regenerates', { regenerates: true }, plan('regenerate', 'set'), renewing],
      ['that is destroyed', { status: 'destroyed' }, plan('none', 'clear'), renewing],
    ],
  },
  'a session that is over': {
    base: { ...fresh, accessed: true, cookieHeld: true },
    rows: [
      ['destroyed', { status: 'destroyed' }, plan('none', 'clear')],
      ['destroyed, at 500', { status: 'destroyed' }, plan('none', 'clear'), { status: 500 }],
      ['destroyed before it had a cookie', { status: 'destroyed', cookieHeld: false }, plan('none', 'none')],
      ['retired', { status: 'retired' }, plan('none', 'none')],
      ['retired and changed by force', { status: 'retired', changed: true, empty: false }, plan('none', 'none')],
      ['degraded', { status: 'degraded' }, plan('none', 'none')],
    ],
  },
}

for (const [title, { base, rows }] of Object.entries(table)) {
  describe(title, () => {
    it.each(rows)('%s', (_, state, expected, { status = 200, policy: other = {} } = {}) => {
      expect(planCommit({ ...base, ...state }, { ...policy, ...other }, status)).toEqual(expected)
    })
  })
}
