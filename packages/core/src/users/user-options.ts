/** How many sessions a user may have. */
import type { WhenFull } from '../backend.ts'
import { SessionError } from '../errors.ts'
import { knownKeys } from '../known-keys.ts'
import { oneOf } from '../one-of.ts'

export interface UserOptions {
  /** Live sessions of one user, the new one included. No limit. */
  maxSessions?: number
  /** `'end-oldest'`: those that were created first end. `'reject'`: the login fails with `ERR_SESSION_LIMIT` (409). */
  whenFull?: WhenFull
}

/** What each binding asks for. */
export type UserPolicy = Readonly<{ max?: number; whenFull?: WhenFull }>

/** Throws `ERR_CONFIG_OPTION`, naming the option. */
export function resolveUsers(options: UserOptions = {}): UserPolicy {
  knownKeys(options, ['maxSessions', 'whenFull'], 'users.')
  const { maxSessions: max, whenFull = 'end-oldest' } = options
  oneOf(whenFull, ['end-oldest', 'reject'], 'users.whenFull')
  if (max === undefined) return {}
  if (!Number.isInteger(max) || max < 1) {
    const message = 'users.maxSessions must be a positive whole number.'
    throw new SessionError('ERR_CONFIG_OPTION', message, { field: 'users.maxSessions' })
  }
  return { max, whenFull }
}
