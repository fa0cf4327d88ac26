/** The port that every storage implements: five verbs on records. It knows Redis or memory, and no HTTP. */
import type { Awaitable } from './codec.ts'

/** What a session is at rest. Deadlines are absolute; a driver turns them into a TTL when it sends. */
export interface Fields {
  /** Epoch ms; set once, kept by every later write. */
  createdAt: number
  /** Epoch ms: the earlier of the idle and the absolute deadline. */
  expiresAt: number
  /** Whose session it is, if it is bound: what the user's index is kept under. Prefix and hash, without white space. */
  user?: string
  /** Encoded values: JSON text, or bytes. */
  body: string | Uint8Array
}

export interface StoredRecord extends Fields {
  /** The backend's own: the revision of this write, then the latest revision of each other recent writer. */
  readonly revisions: string
}

/** Why a record ends. `retired`, by a new sid, only happens while the record is still the base. A known `user`'s index forgets it. */
export type Ending = { kind: 'destroyed'; user?: string } | { kind: 'retired'; base: StoredRecord }

/**
 * `ok`: done, or found done already. `gone`: absent or ended; a commit never recreates.
 * `changed`: somebody wrote after the base; `current` is what is stored.
 */
export type Replaced =
  | { outcome: 'ok'; record?: StoredRecord }
  | { outcome: 'gone' }
  | { outcome: 'changed'; current: StoredRecord }

export interface Call {
  /**
   * How this write is called, by somebody who may have to make it again through another instance of the backend: 8 characters
   * `0-9a-z` of the writer, 7 that count its writes in base 36, and `0`. A backend that is `named` applies it once, whoever brings it
   * again; all others ignore it. None: the backend calls it as it likes.
   */
  name?: string
  /** Milliseconds that the request may still wait for the store, summed over its calls. The backend counts it down. */
  budget?: Budget
  /**
   * What must be created first: nothing is done when this rejects or resolves with `null`. A backend that carries out what it is
   * given in that order need not wait for it.
   */
  after?: Promise<StoredRecord | null>
  /** Of a read: the store is asked, whatever a backend keeps nearer. */
  fresh?: boolean
  /** For a backend with a journal: how to make a write's changes on another record. */
  redo?: Redo
  /** The same object for all tries of one change: another node may turn up with an earlier one. */
  tries?: Tries
  /** With a write that gives a record its user, or moves a bound session to another key. */
  bind?: Binding
  /** With a replace: what is stored is no session any more, so the index of its user forgets it. */
  leaves?: boolean
  /** Epoch ms: until when a bound session can live, whatever its idle deadline. None: for as long as it is used. */
  until?: number
}

/** What a backend notes to recognise what an earlier try has stored after all. */
export interface Tries {
  /** The revision of the first one. */
  first?: string
  /** One of them may have been stored, for all that is known. */
  uncertain?: boolean
}

/**
 * What joining a user's sessions depends on. A refused write stores nothing and rejects: with `ERR_SESSION_LIMIT` where the user has
 * `max` sessions, with `ERR_SESSION_CONFLICT` where `since` is not the user's generation any more, and with
 * `ERR_SESSION_DESTROYED` where the session has ended, or is one of those that `endAllOf` ends.
 */
export interface Binding {
  /** Shown in lists. What the session had, else none. */
  label?: string
  /** `generationOf` before the login began. Not asked. */
  since?: number
  /** How many live sessions the user may have, this one included. No limit. */
  max?: number
  /** `'end-oldest'` ends those that were created first; `'reject'` refuses the write. */
  whenFull?: WhenFull
  /** The key that the session had before: it goes with its generation and label, and is not counted beside it. */
  from?: string
}

export type WhenFull = 'end-oldest' | 'reject'

/** The fields of `stored` with what changed from `base` to `mine`. Where both sides changed a key, `stored` keeps its value. */
export type Redo = (key: string, base: StoredRecord | null, mine: StoredRecord, stored: StoredRecord) => Promise<Fields>

export interface Budget {
  leftMs: number
}

/**
 * A verb rejects with `ERR_BACKEND_*` when it could not ask; `null`, `false` and `gone` always mean "asked: not there".
 * What is stored under the key but was not written by this library rejects with `ERR_RECORD_MALFORMED` and stays as it is.
 */
export interface Backend {
  /** Stores a record under a free key. `null`: the key is taken, or its tombstone still stands. */
  create(key: string, fields: Fields, call?: Call): Promise<StoredRecord | null>
  /** `null`: never stored, expired or destroyed. `'retired'`: replaced by a new sid within the last 180 s. */
  read(key: string, call?: Call): Promise<StoredRecord | 'retired' | null>
  /** Compare-and-set on the revision of `base`; applied exactly once, whatever is lost or resent. */
  replace(key: string, base: StoredRecord, fields: Fields, call?: Call): Promise<Replaced>
  /** Moves the deadline and nothing else. `false`: absent, expired or ended. */
  touch(key: string, expiresAt: number, call?: Call): Promise<boolean>
  /**
   * Ends a record for good: a tombstone of 180 s takes its place, which every verb treats as absent and none overwrites.
   * Idempotent. A destroyed record ends whatever its revision; `gone` then means that there was nothing to end.
   */
  end(key: string, ending: Ending, call?: Call): Promise<Replaced>
  /** What else this backend can do; see `can`. */
  readonly capabilities: ReadonlySet<keyof Capabilities>
  /** How it keeps records, if that is as bytes. */
  readonly layout?: Layout
  /** Resolves when connected and able to serve, or rejects with the `ERR_BACKEND_*` that says why not. */
  ready(): Promise<void>
  /** Lets running verbs end, then closes what the backend opened. Later verbs reject with `ERR_BACKEND_CLOSED`. */
  close(): Promise<void>
}

/** Backends that can look at all their sessions. */
export interface Enumerable {
  /** Live sessions whose key begins with the prefix; tombstones are left out. All. */
  count(prefix?: string): Promise<number>
  /** Their keys. One that begins or ends meanwhile may be missing, and one may come twice. */
  scan(prefix?: string): AsyncIterable<string>
}

/** Backends that know the sessions of a user. `user` is what `Fields.user` is; the cost is that of the user's own sessions. */
export interface UserIndexed {
  /** Raised by `endAllOf`, and never lowered; 0 when that was never called, or not for a day. */
  generationOf(user: string): Promise<number>
  /**
   * Raises the generation, then ends the user's sessions but one; answers how many were live. A session that is bound meanwhile with an
   * older `since`, or moves to another key, is ended or refused.
   */
  endAllOf(user: string, exceptKey?: string): Promise<number>
  /** The live ones, the oldest first. What is listed and has ended or expired is left out, and taken out of the list. */
  membersOf(user: string): Promise<readonly Member[]>
}

/** One of a user's sessions. Instants are epoch ms. */
export interface Member {
  key: string
  label?: string
  createdAt: number
  expiresAt: number
}

export interface Capabilities {
  enumerable: Enumerable
  userIndexed: UserIndexed
  /** It takes `Call.name`. */
  named: Backend
}

/** Tells, and narrows the type, whether a backend has a capability. */
export function can<C extends keyof Capabilities>(
  backend: Backend,
  capability: C,
): backend is Backend & Capabilities[C] {
  return backend.capabilities.has(capability)
}

/** How long a tombstone stands, in ms. A constant, so that a rolling deploy cannot mix windows. */
export const TOMBSTONE_MS = 180_000

/** How a record looks in a backend that keeps bytes, and how its key follows from the sid. */
export interface Layout {
  newSid(): string
  /** False: the text cannot be a sid of this layout, and no command is sent for it. */
  acceptsSid(sid: string): boolean
  keyOf(sid: string): Awaitable<string>
  pack(record: StoredRecord): string | Uint8Array
  /** Throws `ERR_RECORD_MALFORMED`. The deadline is not in the bytes: `expiresAt` is for the backend to fill in. */
  unpack(bytes: Uint8Array): StoredRecord
  /**
   * Where a backend finds which write a record is of. `'header'`: in front, as PROTOCOL section 1 has it. `'digest'`: the bytes are shared
   * with another program and hold nothing of ours, neither header nor tombstone, so that a digest of all of them has to do; the key is
   * bare, and when a session began or whose it is nobody knows: `createdAt` is `Infinity`.
   */
  readonly revisionIn: 'header' | 'digest'
}
