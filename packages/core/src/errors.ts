/** Every failure of the library is a `SessionError` with a stable `code`; docs/errors.md explains each. */

/** Test the code; messages are for people and may change. */
export type ErrorCode =
  | `ERR_RECORD_${'MALFORMED' | 'NEWER'}`
  | `ERR_SAVE_PATH_${'EMPTY' | 'FIELD' | 'JSON' | 'URL'}`
  | `ERR_CONFIG_${'OPTION' | 'CONNECTION' | 'COOKIE' | 'INSECURE' | 'DURATION' | 'KEYS' | 'SCHEMA' | 'PROVIDER' | 'CAPABILITY'}`
  | `ERR_BACKEND_${'UNAVAILABLE' | 'CLOSED' | 'AUTH' | 'PERMISSION' | 'TLS' | 'MASTER_NAME' | 'SENTINELS'}`
  | `ERR_SESSION_${'CONFLICT' | 'DESTROYED' | 'READ_ONLY' | 'NOT_LOADED' | 'TOO_LARGE' | 'VALUE' | 'LIMIT' | 'OWNER' | 'ABSENT'}`

/** The HTTP status a framework answers with when the error is not handled. Whatever is not here is 500. */
const statusOf: Partial<Record<ErrorCode, number>> = {
  ERR_RECORD_NEWER: 503,
  ERR_BACKEND_UNAVAILABLE: 503,
  ERR_BACKEND_CLOSED: 503,
  ERR_BACKEND_AUTH: 503,
  ERR_BACKEND_PERMISSION: 503,
  ERR_BACKEND_TLS: 503,
  ERR_BACKEND_MASTER_NAME: 503,
  ERR_BACKEND_SENTINELS: 503,
  ERR_SESSION_CONFLICT: 409,
  ERR_SESSION_DESTROYED: 409,
  ERR_SESSION_READ_ONLY: 409,
  ERR_SESSION_LIMIT: 409,
  ERR_SESSION_OWNER: 409,
  ERR_SESSION_TOO_LARGE: 413,
}

/** All that a visitor is told. */
const TITLES: Record<number, string> = { 409: 'Conflict', 413: 'Content Too Large', 503: 'Service Unavailable' }

export interface SessionErrorDetails {
  /** What made it fail. It must not carry keys, payloads or passwords: it reaches logs. */
  cause?: unknown
  /** The option, the savePath field or the session key that is at fault. */
  field?: string
  /** Seconds; becomes the `Retry-After` header. */
  retryAfter?: number
}

/** The one error class. `status` is what Koa, Express and Fastify answer with, `getResponse()` what Hono does. */
export class SessionError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly retryAfter?: number
  readonly field?: string
  /** What Koa and Express put on the response when the error is not handled. */
  readonly headers?: Readonly<Record<string, string>>

  /** The same answer as a Response, for Hono. Not at status 500: Hono would answer with it and log nothing. */
  declare readonly getResponse?: () => Response

  constructor(code: ErrorCode, message: string, details: SessionErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'SessionError'
    this.code = code
    this.status = statusOf[code] ?? 500
    if (details.field !== undefined) this.field = details.field
    if (details.retryAfter !== undefined) {
      this.retryAfter = details.retryAfter
      this.headers = { 'Retry-After': String(details.retryAfter) }
    }
    const { status, headers = {} } = this
    const title = TITLES[status]
    if (title === undefined) return
    Object.defineProperty(this, 'getResponse', { value: () => new Response(title, { status, headers }) })
  }
}

/** True for a `SessionError`, of the given code if one is named. Works across two copies of the package. */
export function isSessionError<C extends ErrorCode = ErrorCode>(
  error: unknown,
  code?: C,
): error is SessionError & { readonly code: C } {
  return (
    error instanceof Error &&
    error.name === 'SessionError' &&
    'code' in error &&
    (code === undefined || error.code === code)
  )
}
