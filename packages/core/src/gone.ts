/** What a commit is told that found its session ended, or under another sid. */
import { SessionError } from './errors.ts'

export function gone(): SessionError {
  const message = 'The session was ended, or its sid was replaced, by another request. Its changes were not stored.'
  return new SessionError('ERR_SESSION_DESTROYED', message)
}
