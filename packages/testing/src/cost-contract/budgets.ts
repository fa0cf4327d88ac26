/**
 * What requests may cost Redis, counted; nothing here is a time. This is the only place for it: whoever makes a request cheaper lowers its
 * row, whoever raises one says why in the commit.
 */
export interface Budget {
  /** Exactly these, in this order; in the order of the alphabet where requests run side by side. */
  commands: readonly string[]
  /** What a request waits for one after the other. Undefined: not counted, for there is more than one request. */
  roundTrips?: number
  /** Bytes at the most. */
  sent: number
  received: number
}

/** Bytes of a session's values as JSON. A row that has them as a summand moves them once. */
export const VALUES = 2_000
/** At the most beside the values: what a GET sends and gets, and a write with its WAIT. */
const GET = { sent: 80, received: 120 }
const PTTL = { sent: 80, received: 16 }
const WRITE = { sent: 380, received: 8 }
const RETIRE = { sent: 240, received: 4 }

const NOTHING: Budget = { commands: [], roundTrips: 0, sent: 0, received: 0 }
const READ: Budget = { commands: ['get'], roundTrips: 1, sent: GET.sent, received: VALUES + GET.received }
const UPDATE: Budget = {
  commands: ['get', 'evalsha', 'wait'],
  roundTrips: 2,
  sent: GET.sent + VALUES + WRITE.sent,
  received: VALUES + GET.received + WRITE.received,
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
    sent: VALUES + WRITE.sent,
    received: WRITE.received,
  },
  'a change': UPDATE,
  'a login': {
    commands: ['get', 'evalsha', 'evalsha', 'wait'],
    roundTrips: 2,
    sent: GET.sent + VALUES + WRITE.sent + RETIRE.sent,
    received: VALUES + GET.received + WRITE.received + RETIRE.received,
  },
  'a logout': {
    commands: ['get', 'evalsha', 'wait'],
    roundTrips: 2,
    sent: GET.sent + WRITE.sent,
    received: VALUES + GET.received + WRITE.received,
  },
} as const satisfies Record<string, Budget>

/** For many requests together. */
export const SHARES = {
  /** Reads of one session, which this process sees for the first time, and whose deadline is to be moved. */
  reads: { requests: 200, commandsPerRequest: 1.05, bytesPerRequest: VALUES + 250 },
  /** Changes of as many sessions that end at the same time. */
  writers: { requests: 30, waits: 2 },
  /** Changes of one session that end at the same time. */
  writersOfOne: { requests: 30, writes: 2, waits: 2 },
} as const
