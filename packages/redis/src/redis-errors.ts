/** What an error of Redis or of the connection means for a command (the classes of PROTOCOL sections 3 and 5). */
import { SessionError } from '@sentinel-session/core'
import { Redirection } from './redirection.ts'

/**
 * - `resend`: not executed, or harmless to send again, on this primary after a pause.
 * - `leave`: this node is no primary; not executed.
 * - `unknown`: it may have been executed; the same revision goes again, on whatever is the primary then.
 * - `load-script`: not executed; it goes as EVAL in the next batch.
 * - a `SessionError`: final on this node; a `Redirection` names another.
 */
export type Verdict = 'resend' | 'leave' | 'unknown' | 'load-script' | SessionError

const RESEND = ['LOADING', 'NOREPLICAS', 'TRYAGAIN', 'CLUSTERDOWN', 'BUSY']
const LEAVE = ['READONLY', 'MASTERDOWN']
const UNKNOWN = ['UNBLOCKED']

export function judge(error: unknown): Verdict {
  if (!isReplyError(error)) return 'unknown'
  const { message } = error
  const is = (code: string): boolean =>
    message.startsWith(`${code} `) || message.includes(`-${code} `) || message === code
  if (is('NOSCRIPT')) return 'load-script'
  if (LEAVE.some(is)) return 'leave'
  if (UNKNOWN.some(is)) return 'unknown'
  if (RESEND.some(is)) return 'resend'
  if (is('WRONGTYPE') || message.includes('MALFORMED')) {
    const text = 'What is stored under the key of a session is not a session. It was left as it is.'
    return new SessionError('ERR_RECORD_MALFORMED', text, { cause: withoutPayload(error) })
  }
  const redirection = Redirection.in(message)
  if (redirection !== undefined) return redirection
  return connectionError(error) ?? unavailable(`Redis refused a command (${codeOf(message)})`, error)
}

/** The `ERR_BACKEND_*` that a refusal at the door means; undefined when it is about something else. */
export function connectionError(error: Error, whose = 'Redis'): SessionError | undefined {
  const cause = withoutPayload(error)
  const code = codeOf(error.message)
  if (code === 'WRONGPASS' || code === 'NOAUTH' || error.message.startsWith('ERR invalid password')) {
    const need = code === 'NOAUTH' ? 'asks for a password' : 'refuses the user name or the password'
    const field = whose === 'Redis' ? 'auth' : 'sentinelAuth'
    return new SessionError('ERR_BACKEND_AUTH', `${whose} ${need}. Check ${field}.`, { cause, field })
  }
  if (code === 'NOPERM') {
    const message = `The ACL user of ${whose} lacks a permission: ${withoutArguments(error.message)}`
    return new SessionError('ERR_BACKEND_PERMISSION', message, { cause })
  }
  if (!isReplyError(error) && /certificate|SSL|TLS|self.signed|wrong version number/i.test(error.message)) {
    return new SessionError('ERR_BACKEND_TLS', `TLS to ${whose} failed: ${error.message}`, { cause })
  }
  return undefined
}

/** The store could not be asked in time. */
export function unavailable(what: string, cause?: unknown): SessionError {
  const details = { retryAfter: 1, ...(cause instanceof Error ? { cause: withoutPayload(cause) } : {}) }
  return new SessionError('ERR_BACKEND_UNAVAILABLE', `${what}.`, details)
}

export function closed(): SessionError {
  return new SessionError('ERR_BACKEND_CLOSED', 'The backend was closed.')
}

/** Errors of ioredis carry the arguments of their command, and some texts of Redis repeat them: neither may reach a log. */
export function withoutPayload(error: Error): Error {
  const safe = new Error(isReplyError(error) ? codeOf(error.message) : error.message)
  safe.name = error.name
  return safe
}

function withoutArguments(message: string): string {
  return /the '[\w|]+' command/.exec(message)?.[0] ?? (/\bchannels?\b/.test(message) ? 'a channel' : codeOf(message))
}

function codeOf(message: string): string {
  return /^[A-Z]{2,20}\b/.exec(message)?.[0] ?? 'ERR'
}

interface ReplyError extends Error {
  name: 'ReplyError'
}

/** Redis answered, with an error. */
export function isReplyError(error: unknown): error is ReplyError {
  return error instanceof Error && error.name === 'ReplyError'
}
