/** What a backend refuses a binding with: one message for each reason, whatever the backend. */
import { SessionError } from '../errors.ts'

/** `since` is not the user's generation any more. */
export function staleLogin(): SessionError {
  const message = 'All sessions of the user were ended after this login had begun. It was not stored.'
  return new SessionError('ERR_SESSION_CONFLICT', message, { field: 'since' })
}

/** `whenFull: 'reject'`. */
export function tooManySessions(max: number): SessionError {
  const message = `The user has as many sessions as users.maxSessions allows: ${max}. This one was not stored.`
  return new SessionError('ERR_SESSION_LIMIT', message, { field: 'users.maxSessions' })
}

/** The session that was to get another key has ended, or is one of those that `endAllOf` ends. */
export function endedMeanwhile(): SessionError {
  const message =
    'The session, or all sessions of its user, were ended by another request. Its changes were not stored.'
  return new SessionError('ERR_SESSION_DESTROYED', message)
}
