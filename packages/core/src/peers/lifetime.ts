/** How long the stored session lives, where its middleware leaves that to the store. */
import { type Duration, toMs } from '../duration.ts'
import { knownKeys } from '../known-keys.ts'

export interface StoreOptions {
  /** How long a session lives after its last request, if its middleware gives it no end of its own. `'1d'`. */
  ttl?: Duration
}

/** Ms. Throws `ERR_CONFIG_OPTION` and `ERR_CONFIG_DURATION`. */
export function ttlOf(options: StoreOptions): number {
  knownKeys(options, ['ttl'])
  return toMs(options.ttl ?? '1d', 'ttl')
}

/** Epoch ms, of a Date, of the text that JSON makes of one, or of nothing. */
export function deadlineOf(expires: unknown, ttlMs: number): number {
  const ms = expires instanceof Date || typeof expires === 'string' ? new Date(expires).getTime() : Number.NaN
  return Number.isNaN(ms) ? Date.now() + ttlMs : ms
}
