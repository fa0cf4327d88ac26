import { describe, expect, it } from 'vitest'
import { type CommitPlan, type CommitPolicy, planCommit, type SessionState } from './plan-commit.ts'

const MINUTE = 60_000
const policy: CommitPolicy = { touchIntervalMs: 3 * MINUTE, commitOnError: false, rolling: false }
const fresh: SessionState = {
  status: 'live',
  stored: false,
  changed: false,
  empty: true,
  regenerates: false,
  expiresAt: null,
  nextExpiresAt: 30 * MINUTE,
  accessed: false,
  cookieDue: false,
  cookieHeld: false,
}
const stored: SessionState = {
  ...fresh,
  stored: true,
  empty: false,
  expiresAt: 30 * MINUTE,
  accessed: true,
  cookieHeld: true,
}
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
