/** How a record ends for good: the index of its user, if it has one, forgets it. */
import type { Ending } from './backend.ts'

export function destroyed({ user }: { user?: string }): Ending {
  return user === undefined ? { kind: 'destroyed' } : { kind: 'destroyed', user }
}
