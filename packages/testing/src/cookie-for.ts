/** A visitor who already has a session, without a login before each test. */
import { type Manager, type RequestFacts, SessionError } from '@sentinel-session/core'

const FIRST_VISIT: RequestFacts = { secure: true, host: 'localhost', url: '/', header: () => undefined }

/**
 * Stores a session with these values and resolves to the `Cookie` header that carries it: for `fetch`, supertest, `app.request()` or
 * `inject()`. Throws `ERR_CONFIG_COOKIE` where the sid travels in a header, and what a commit rejects with.
 */
export async function cookieFor<T extends object>(manager: Manager<T>, data: Partial<T>): Promise<string> {
  const { session, commit } = await manager.open(FIRST_VISIT)
  for (const [key, value] of Object.entries(data)) session.set(key as keyof T & string, value as T[keyof T & string])
  await session.save()
  const { append } = await commit({ status: 200 })
  const [, cookie] = append.find(([name]) => name === 'Set-Cookie') ?? []
  if (cookie === undefined) {
    throw new SessionError('ERR_CONFIG_COOKIE', 'This manager sends no cookie: its sid travels in a header.')
  }
  return cookie.split(';', 1)[0]!
}
