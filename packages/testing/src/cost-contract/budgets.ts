/**
 * What requests may cost Redis, counted; nothing here is a time. It stands here only: whoever makes a request cheaper lowers its row, and
 * whoever raises one says why in the commit.
 */
import type { Caller } from './subject.ts'

export interface Budget {
  what: string
  by: Caller
  path: string
  /** Exactly these, in this order. */
  commands: readonly string[]
  /** How often it waits for Redis; what leaves together is waited for once. */
  roundTrips: number
  /** Bytes at the most. */
  sent: number
  received: number
}

/** Bytes of a session's values as JSON. A row that has them as a summand moves them once. */
export const VALUES = 2_000

/** Bytes beside the values at the most; a write includes its WAIT. All that varies is digits, and what `w` of a record remembers. */
const GET = { sent: 72, received: 84 }
const PTTL = { sent: 72, received: 12 }
const CREATE = { sent: 280, received: 8 }
const REPLACE = { sent: 330, received: 8 }
const RETIRE = { sent: 212, received: 4 }
const DESTROY = { sent: 220, received: 8 }

const NOTHING = { commands: [], roundTrips: 0, sent: 0, received: 0 }
const READ = { commands: ['get'], roundTrips: 1, sent: GET.sent, received: VALUES + GET.received }

export const BUDGETS: readonly Budget[] = [
  { what: 'a visitor without a cookie', by: 'nobody', path: '/', ...NOTHING },
  { what: 'a visitor without a cookie, whose session is looked at', by: 'nobody', path: '/look', ...NOTHING },
  { what: 'a cookie that can be none of ours', by: 'forger', path: '/look', ...NOTHING },
  { what: 'a read', by: 'visitor', path: '/look', ...READ },
  {
    what: 'a read of what this process has not seen yet',
    by: 'stranger',
    path: '/look',
    commands: ['get', 'pttl'],
    roundTrips: 1,
    sent: GET.sent + PTTL.sent,
    received: VALUES + GET.received + PTTL.received,
  },
  { what: 'setting what is there already', by: 'visitor', path: '/same', ...READ },
  {
    what: 'a first write',
    by: 'nobody',
    path: '/change',
    commands: ['evalsha', 'wait'],
    roundTrips: 1,
    sent: VALUES + CREATE.sent,
    received: CREATE.received,
  },
  {
    what: 'a change',
    by: 'visitor',
    path: '/change',
    commands: ['get', 'evalsha', 'wait'],
    roundTrips: 2,
    sent: GET.sent + VALUES + REPLACE.sent,
    received: VALUES + GET.received + REPLACE.received,
  },
  {
    what: 'a login',
    by: 'visitor',
    path: '/login',
    commands: ['get', 'evalsha', 'evalsha', 'wait'],
    roundTrips: 2,
    sent: GET.sent + VALUES + CREATE.sent + RETIRE.sent,
    received: VALUES + GET.received + CREATE.received + RETIRE.received,
  },
  {
    what: 'a logout',
    by: 'visitor',
    path: '/logout',
    commands: ['get', 'evalsha', 'wait'],
    roundTrips: 2,
    sent: GET.sent + DESTROY.sent,
    received: VALUES + GET.received + DESTROY.received,
  },
]

/** Reads of one session, which this process sees for the first time, and whose deadline is to be moved. */
export const READS: Readonly<Record<'requests' | 'commandsEach' | 'bytesEach', number>> = {
  requests: 200,
  commandsEach: 1.05,
  bytesEach: VALUES + GET.received,
}

/** Changes of as many sessions that end at the same time. */
export const WRITERS = { requests: 30, waits: 1 }

/** Changes of one session that end at the same time. */
export const WRITERS_OF_ONE = { requests: 30, writes: 2, waits: 2 }
