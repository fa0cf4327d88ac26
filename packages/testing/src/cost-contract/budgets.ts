/**
 * What requests may cost Redis, counted; nothing here is a time. This is the only place for it: whoever makes a request cheaper lowers its
 * row, whoever raises one says why in the commit.
 */
export interface Budget {
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

const NOTHING: Budget = { commands: [], roundTrips: 0, sent: 0, received: 0 }
const READ: Budget = { commands: ['get'], roundTrips: 1, sent: GET.sent, received: VALUES + GET.received }
const UPDATE: Budget = {
  commands: ['get', 'evalsha', 'wait'],
  roundTrips: 2,
  sent: GET.sent + VALUES + REPLACE.sent,
  received: VALUES + GET.received + REPLACE.received,
}

export const BUDGETS = {
  'a visitor without a cookie': NOTHING,
  'a visitor without a cookie, whose session is looked at': NOTHING,
  'a cookie that can be none of ours': NOTHING,
  'a read': READ,
  'a read of what this process has not seen yet': {
    commands: ['get', 'pttl'],
    roundTrips: 1,
    sent: GET.sent + PTTL.sent,
    received: VALUES + GET.received + PTTL.received,
  },
  'setting what is there already': READ,
  'a first write': {
    commands: ['evalsha', 'wait'],
    roundTrips: 1,
    sent: VALUES + CREATE.sent,
    received: CREATE.received,
  },
  'a change': UPDATE,
  'a login': {
    commands: ['get', 'evalsha', 'evalsha', 'wait'],
    roundTrips: 2,
    sent: GET.sent + VALUES + CREATE.sent + RETIRE.sent,
    received: VALUES + GET.received + CREATE.received + RETIRE.received,
  },
  'a logout': {
    commands: ['get', 'evalsha', 'wait'],
    roundTrips: 2,
    sent: GET.sent + DESTROY.sent,
    received: VALUES + GET.received + DESTROY.received,
  },
} as const satisfies Record<string, Budget>

/** For many requests together. */
export const SHARES = {
  /** Reads of one session, which this process sees for the first time, and whose deadline is to be moved. */
  reads: { requests: 200, commandsPerRequest: 1.05, bytesPerRequest: VALUES + GET.received },
  /** Changes of as many sessions that end at the same time. */
  writers: { requests: 30, waits: 1 },
  /** Changes of one session that end at the same time. */
  writersOfOne: { requests: 30, writes: 2, waits: 2 },
} as const
