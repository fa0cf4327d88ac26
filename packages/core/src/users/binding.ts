/** Whose session it becomes with the next commit, as `session.bind` was told. */
import { toBase64url } from '../base64url.ts'
import { SessionError } from '../errors.ts'
import { sha256 } from '../sha256.ts'

export interface BindOptions {
  /** Shown in `sessionsOf`: a device, a browser. Cut after 256 characters. None, or what the session had. */
  label?: string
  /** `await manager.generationOf(userId)` before the password was checked: a login that began before `destroyAllOf` is refused. Not asked. */
  since?: number
}

export interface PendingBinding {
  user: string
  label?: string
  since?: number
}

const LONGEST_LABEL = 256

/** `user` comes from `Storage.userOf`. Throws `ERR_SESSION_VALUE`. */
export function pendingBinding(user: string, { label, since }: BindOptions): PendingBinding {
  if (label !== undefined && typeof label !== 'string') throw wrong('label', 'a string')
  if (since !== undefined && !Number.isSafeInteger(since)) throw wrong('since', 'what generationOf() gave')
  const binding: PendingBinding = { user }
  if (label !== undefined) binding.label = label.slice(0, LONGEST_LABEL)
  if (since !== undefined) binding.since = since
  return binding
}

/** 43 characters. Who reads the store finds no id there, but can try ids: one that can be guessed is not kept secret by this. */
export function hashedUserOf(userId: string): string {
  if (typeof userId !== 'string' || userId === '') throw wrong('userId', 'a string that is not empty')
  return toBase64url(sha256(`sentinel-session user\0${userId}`))
}

function wrong(field: string, needed: string): SessionError {
  return new SessionError('ERR_SESSION_VALUE', `bind: ${field} must be ${needed}.`, { field })
}
