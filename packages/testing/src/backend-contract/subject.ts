/** What the contract needs of a backend under test. */
import type { Awaitable, Backend, Clock, Fields } from '@sentinel-session/core'

/** Of vitest, node:test, jest or mocha. */
export interface Runner {
  describe(title: string, body: () => void): unknown
  it(title: string, body: () => Promise<void> | void): unknown
}

export interface BackendSubject {
  name: string
  /** A backend of its own for each case; the suite closes it. A backend with its own clock ignores this one. */
  create(clock: Clock): Awaitable<Backend>
}

/** Runs one case on a fresh backend. */
export type Case = (title: string, body: (backend: Backend, key: string) => Promise<void>) => void

const MINUTE_MS = 60_000

/** Real time: a server has its own clock. */
export const clock: Clock = {
  now: () => Date.now(),
  sleep: ms => new Promise(resolve => setTimeout(resolve, ms)),
}

let keys = 0

/** A key that no other case, and no other run, uses. */
export function freshKey(): string {
  keys += 1
  return `contract:${Date.now().toString(36)}:${Math.random().toString(36).slice(2)}:${keys}`
}

export function fields(body: Fields['body'] = '{"n":1}', lifeMs: number = MINUTE_MS): Fields {
  const now = clock.now()
  return { createdAt: now, expiresAt: now + lifeMs, body }
}
