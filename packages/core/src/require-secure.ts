/** A Secure cookie over plain http is lost on the way, or worse, kept from nobody: said aloud instead of downgraded. */
import { SessionError } from './errors.ts'
import type { RequestFacts } from './options.ts'

/** Throws `ERR_CONFIG_INSECURE`. */
export function requireSecure(request: RequestFacts): void {
  if (request.secure || isLoopback(request.host)) return
  const message =
    'A Secure session cookie cannot be set over plain http. Behind a TLS proxy, let the framework trust it ' +
    "(Koa: app.proxy = true; Express: app.set('trust proxy', 1)). Without TLS, say so: cookie: { secure: false }, or " +
    'secure: false in a ManagerConfig.'
  throw new SessionError('ERR_CONFIG_INSECURE', message, { field: 'cookie.secure' })
}

const LOOPBACK = /^(?:localhost|[\w-]+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i

/** Browsers take Secure cookies from these over plain http. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host)
}
