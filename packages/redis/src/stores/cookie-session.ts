/** What express-session and @fastify/session store: a session with its cookie in it, which says when it ends. */
import type { Data, Kind, Seen } from '@sentinel-session/core/internal'
import { deadlineOf } from '@sentinel-session/core/internal'

export interface CookieSession {
  // biome-ignore lint/suspicious/noExplicitAny: whatever the middleware's own cookie is
  cookie?: any
}

/** One kind for both: @fastify/session says that its sessions can be shared with express-session. */
export const COOKIE_SESSION: Kind = { name: 'express', bookkeeping: ['cookie'] }

/** Epoch ms. */
export function endOf(session: CookieSession, ttlMs: number): number {
  return deadlineOf(session.cookie?.expires, ttlMs)
}

/** A touch moves the deadline of the record and nothing in it: the cookie that comes out says what holds now. */
export function asRead(values: Data, { record }: Seen): Data & { cookie: Record<string | symbol, unknown> } {
  const cookie = { ...(values.cookie as Record<string, unknown> | undefined) }
  if (cookie.expires) cookie.expires = new Date(record.expiresAt).toISOString()
  return { ...values, cookie }
}
