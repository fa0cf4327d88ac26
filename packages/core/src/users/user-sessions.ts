/** All sessions of a user: what the manager says about them, and their end. */
import { type Backend, can, type UserIndexed } from '../backend.ts'
import { systemClock } from '../clock.ts'
import { endSession } from '../end-session.ts'
import { SessionError } from '../errors.ts'
import type { Storage } from '../storage.ts'

/** One of a user's sessions. Instants are epoch ms. */
export interface SessionInfo {
  /** As `SessionStore.id`. */
  id: string
  /** What `bind` was given. Absent: nothing, or a failover lost it. */
  label?: string
  createdAt: number
  expiresAt: number
  /** Ends it for good, as `SessionStore.destroy` does. One that has ended already is no error. */
  destroy(): Promise<void>
}

/** Throws `ERR_CONFIG_CAPABILITY`. */
export function userIndexOf(backend: Backend): Backend & UserIndexed {
  if (can(backend, 'userIndexed')) return backend
  throw new SessionError('ERR_CONFIG_CAPABILITY', 'This backend does not know which sessions a user has.')
}

export async function sessionsOf(storage: Storage, userId: string): Promise<readonly SessionInfo[]> {
  const backend = userIndexOf(storage.backend)
  const user = storage.userOf(userId)
  const members = await backend.membersOf(user)
  return members.map(({ key, ...about }) => ({
    id: storage.handleOf(key),
    ...about,
    destroy: () => endListed(storage, key, user),
  }))
}

/** Also when its sid is renewed since it was listed. */
async function endListed(storage: Storage, key: string, user: string): Promise<void> {
  const record = await storage.backend.read(key)
  if (record === null || record === 'retired') await storage.backend.end(key, { kind: 'destroyed', user })
  else await endSession(storage, key, record, {}, systemClock.now())
}

/** `except` is the id of the session to spare; one that is not the user's spares nothing. */
export async function destroyAllOf(storage: Storage, userId: string, except?: string): Promise<number> {
  const backend = userIndexOf(storage.backend)
  const user = storage.userOf(userId)
  const spared =
    except === undefined
      ? undefined
      : (await backend.membersOf(user)).find(({ key }) => storage.handleOf(key) === except)
  return backend.endAllOf(user, spared?.key)
}

export async function generationOf(storage: Storage, userId: string): Promise<number> {
  return userIndexOf(storage.backend).generationOf(storage.userOf(userId))
}
