/** What goes wrong between a client and its gateway, in the words of this library. */
import { SessionError } from '@sentinel-session/core'
import { endedMeanwhile, staleLogin, tooManySessions } from '@sentinel-session/core/internal'
import { CLOCKS_MS, VERSION } from './signature.ts'

type Head = Readonly<Record<string, unknown>>

/** The store could not be asked, for all that the client knows: what was to be written may have been. */
export function unavailable(what: string, cause?: unknown): SessionError {
  const details = { retryAfter: 1, ...(cause instanceof Error ? { cause } : {}) }
  return new SessionError('ERR_BACKEND_UNAVAILABLE', `${what}.`, details)
}

/** What the gateway has said without a signature, since the client has shown it no key that it knows. None of it is about a session. */
export function unsignedRefusal({ refused }: Head): SessionError | undefined {
  if (refused === 'keys') {
    const message = 'The gateway knows none of these keys. Add the first of them to its own.'
    return new SessionError('ERR_BACKEND_AUTH', message, { field: 'keys' })
  }
  if (refused === 'date') {
    const message = `The clocks here and at the gateway are more than ${CLOCKS_MS / 1_000} s apart.`
    return new SessionError('ERR_BACKEND_AUTH', message)
  }
  if (refused === 'insecure') {
    const message =
      'The gateway was asked over plain http, for all that it knows. Behind a TLS proxy it needs trustProxy, and the header X-Forwarded-Proto.'
    return new SessionError('ERR_CONFIG_INSECURE', message, { field: 'url' })
  }
  if (refused === 'version') return unavailable(`The gateway does not speak version ${VERSION} of the protocol`)
  return refused === 'question' ? unavailable('The gateway did not understand the question') : undefined
}

/** What was signed, but for an answer. Undefined: it may go better next time. */
export function signedRefusal({ refused, error, field }: Head, max: number | undefined): SessionError | undefined {
  if (refused === 'size') {
    const message = 'The session is larger than maxBytes of the gateway allows. What was stored stays as it was.'
    return new SessionError('ERR_SESSION_TOO_LARGE', message, { field: 'maxBytes' })
  }
  if (refused === 'prefix') {
    const message = 'The gateway serves another prefix. Compare keyPrefix here with its prefix.'
    return new SessionError('ERR_BACKEND_PERMISSION', message, { field: 'keyPrefix' })
  }
  if (refused !== undefined) return unavailable('The gateway did not understand the question')
  switch (error) {
    case 'ERR_BACKEND_UNAVAILABLE':
    case 'ERR_BACKEND_CLOSED':
      return undefined
    case 'ERR_SESSION_LIMIT':
      return tooManySessions(max ?? 0)
    case 'ERR_SESSION_DESTROYED':
      return endedMeanwhile()
    case 'ERR_SESSION_CONFLICT':
      return field === 'since' ? staleLogin() : notToBeTold()
    case 'ERR_RECORD_MALFORMED':
      return new SessionError(
        'ERR_RECORD_MALFORMED',
        'What is stored under the key of a session is not a session. It was left as it is.',
      )
    case 'ERR_CONFIG_CAPABILITY':
      return new SessionError(
        'ERR_CONFIG_CAPABILITY',
        'The backend of the gateway does not know which sessions a user has.',
      )
    default:
      return unavailable(`The store behind the gateway cannot be asked: ${String(error)}`)
  }
}

function notToBeTold(): SessionError {
  const message = 'Too many others wrote the session to tell whether this write was applied. It is not run twice.'
  return new SessionError('ERR_SESSION_CONFLICT', message)
}
