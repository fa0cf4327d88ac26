/** The options of a session manager: how they are written, and how they are checked, once, into a frozen policy. */
import type { Adoption } from './adoption.ts'
import type { Clock } from './clock.ts'
import type { CookieOptions } from './cookies/session-cookie.ts'
import { type Duration, toMs } from './duration.ts'
import { SessionError } from './errors.ts'
import type { Observer, SessionEvent } from './events.ts'
import { knownKeys } from './known-keys.ts'
import type { OnConflict } from './merge.ts'
import { oneOf } from './one-of.ts'
import type { Provider } from './provider.ts'
import type { Schema } from './schema.ts'
import type { DefaultData, Key } from './session-store.ts'
import type { Migration } from './shape.ts'
import { resolveUsers, type UserOptions, type UserPolicy } from './users/user-options.ts'

export interface SessionOptions<T extends object = DefaultData, In = unknown> {
  cookie?: CookieOptions
  /**
   * Off. The name of a header in which the sid travels instead of a cookie, both ways: for clients that are no browsers. An empty
   * one tells the client to forget its sid. Scripts of another origin see it with Access-Control-Expose-Headers only.
   */
  header?: string
  timeouts?: TimeoutOptions
  /** `'eager'`: read before the handler if a plausible cookie came. `'lazy'`: `await session.load()` first. */
  load?: 'eager' | 'lazy'
  /**
   * A Standard Schema (zod, valibot, arktype, …) that stored values are checked by when they are loaded; its types and defaults become
   * those of the session. What it refuses is as malformed: see `failure.onMalformed`. It must accept `{}` and what it gave itself.
   */
  schema?: Schema<In, T>
  /** How sessions that an older release stored become what this one expects. Runs before the schema, once per load. None: version 0. */
  migrate?: Migration
  /** When two requests changed one key: `'mine'`, the last write. `'reject'`: `ERR_SESSION_CONFLICT` (409). */
  onConflict?: 'mine' | 'theirs' | 'reject' | Resolve<T>
  failure?: FailureOptions
  users?: UserOptions
  /** None. `adoptLegacy(…)` of `@sentinel-session/redis/legacy`: sessions that another library stored become ours. */
  adopt?: Adoption
  /** An observer that throws never breaks a request. */
  onEvent?: Observer<SessionEvent>
}

export interface TimeoutOptions {
  /** Longest time without a request. `'30m'`. */
  idle?: Duration
  /** Longest life since creation, whatever the activity. `'12h'`. */
  absolute?: Duration | 'none'
  /** How late the idle deadline may move: the price of a read stays one command. A tenth of `idle`. */
  touchInterval?: Duration
  /** None: a sid lives as long as its session. */
  renewal?: RenewalOptions
}

/** OWASP's renewal timeout: a stolen sid is of no use for longer than `after` and `grace`, while the visitor goes on. */
export interface RenewalOptions {
  /** Age of a sid at which the next response replaces it. Longer than `grace`. */
  after: Duration
  /** How long the old sid works beside the new one, for requests that were sent with it. `'30s'`. */
  grace?: Duration
}

export interface FailureOptions {
  /** `false`: at status 500 and above nothing is committed. */
  commitOnError?: boolean
  /** `'fail'`: 503 with Retry-After. `'anonymous'`: an empty, read-only session of status `degraded`; no cookie is set or cleared. */
  onUnavailable?: Unavailable | ((request: RequestFacts) => Unavailable)
  /** `'fail'`: 500. `'new'`: a fresh sid; the stored bytes stay as they are. */
  onMalformed?: 'fail' | 'new'
}

/** Returns the value to store; `undefined` deletes the key. */
export type Resolve<T> = (
  key: Key<T>,
  versions: Record<'base' | 'mine' | 'theirs', T[Key<T>] | undefined>,
) => T[Key<T>] | undefined

export type Unavailable = 'fail' | 'anonymous'

/** What the core needs to know of a request. Header names are lower case. */
export interface RequestFacts {
  /** The request came over TLS, as far as the framework trusts its proxy. */
  secure: boolean
  /** The Host header. */
  host: string
  url: string
  header(name: string): string | undefined
}

export interface ManagerOptions<T extends object = DefaultData, In = unknown> extends SessionOptions<T, In> {
  /** Where sessions live. A memory backend of its own. */
  provider?: Provider
  /** The system's. */
  clock?: Clock
}

/** Options as the request path reads them. */
export interface Policy {
  idleMs: number
  absoluteMs: number
  touchIntervalMs: number
  /** Infinity: never. */
  renewAfterMs: number
  graceMs: number
  lazy: boolean
  onConflict: OnConflict
  commitOnError: boolean
  /** The cookie's Max-Age follows the idle deadline. */
  rolling: boolean
  onUnavailable: Unavailable | ((request: RequestFacts) => Unavailable)
  onMalformed: 'fail' | 'new'
  users: UserPolicy
  adopt: Adoption | undefined
  onEvent: Observer<SessionEvent> | undefined
}

/** Throws `ERR_CONFIG_OPTION` or `ERR_CONFIG_DURATION`, naming the option. */
export function resolvePolicy<T extends object, In>(options: SessionOptions<T, In>): Readonly<Policy> {
  const { timeouts = {}, failure = {}, load = 'eager', onConflict = 'mine' } = options
  knownKeys(timeouts, ['idle', 'absolute', 'touchInterval', 'renewal'], 'timeouts.')
  knownKeys(failure, ['commitOnError', 'onUnavailable', 'onMalformed'], 'failure.')
  const { commitOnError = false, onUnavailable = 'fail', onMalformed = 'fail' } = failure
  oneOf(load, ['eager', 'lazy'], 'load')
  if (typeof onConflict !== 'function') oneOf(onConflict, ['mine', 'theirs', 'reject'], 'onConflict')
  if (typeof onUnavailable !== 'function') oneOf(onUnavailable, ['fail', 'anonymous'], 'failure.onUnavailable')
  oneOf(onMalformed, ['fail', 'new'], 'failure.onMalformed')
  oneOf(commitOnError, [true, false], 'failure.commitOnError')
  if (options.onEvent !== undefined && typeof options.onEvent !== 'function') {
    throw new SessionError('ERR_CONFIG_OPTION', 'The option onEvent must be a function.', { field: 'onEvent' })
  }
  const idleMs = toMs(timeouts.idle ?? '30m', 'timeouts.idle')
  const absolute = timeouts.absolute ?? '12h'
  return Object.freeze({
    idleMs,
    absoluteMs: absolute === 'none' ? Number.POSITIVE_INFINITY : toMs(absolute, 'timeouts.absolute'),
    touchIntervalMs:
      timeouts.touchInterval === undefined ? idleMs / 10 : toMs(timeouts.touchInterval, 'timeouts.touchInterval'),
    ...resolveRenewal(timeouts.renewal),
    lazy: load === 'lazy',
    onConflict: onConflict as OnConflict,
    commitOnError,
    rolling: options.cookie?.lifetime === 'rolling',
    onUnavailable,
    onMalformed,
    users: resolveUsers(options.users),
    adopt: options.adopt,
    onEvent: options.onEvent,
  })
}

function resolveRenewal(renewal: RenewalOptions | undefined): Pick<Policy, 'renewAfterMs' | 'graceMs'> {
  if (renewal === undefined) return { renewAfterMs: Number.POSITIVE_INFINITY, graceMs: 0 }
  knownKeys(renewal, ['after', 'grace'], 'timeouts.renewal.')
  const renewAfterMs = toMs(renewal.after, 'timeouts.renewal.after')
  const graceMs = toMs(renewal.grace ?? '30s', 'timeouts.renewal.grace')
  if (graceMs < renewAfterMs) return { renewAfterMs, graceMs }
  const message = 'timeouts.renewal.grace must be shorter than timeouts.renewal.after.'
  throw new SessionError('ERR_CONFIG_OPTION', message, { field: 'timeouts.renewal.grace' })
}

/** The names of `SessionOptions`, for whoever takes them in one flat object with others. */
export const SESSION_OPTION_NAMES: readonly string[] = [
  'cookie',
  'header',
  'timeouts',
  'load',
  'schema',
  'migrate',
  'onConflict',
  'failure',
  'users',
  'adopt',
  'onEvent',
]
