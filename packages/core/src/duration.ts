/** Durations in options: a number is seconds, a text says its unit. */
import { SessionError } from './errors.ts'

/** How long: a number of seconds, or a number with its unit. `1800` and `'30m'` are the same, and so are `0.5` and `'500ms'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * For environment variables: checks a text such as `'30m'`, or `'1800'` for seconds, and returns it as an option. Blanks around
 * it do not count. Throws `ERR_CONFIG_DURATION` for anything else, `'0'` too.
 */
export function parseDuration(text: string): Duration {
  const trimmed = typeof text === 'string' ? text.trim() : ''
  const duration = /^\d+(?:\.\d+)?$/.test(trimmed) ? Number(trimmed) : (trimmed as Duration)
  toMs(duration, 'duration')
  return duration
}

/**
 * Whole milliseconds, at least 1: a fraction of one would be no valid deadline for Redis. Throws `ERR_CONFIG_DURATION`, naming the
 * field, for what is zero, negative, infinite, or no duration.
 */
export function toMs(duration: Duration, field: string): number {
  const ms = typeof duration === 'number' ? duration * UNIT_MS.s! : fromText(duration)
  if (ms > 0 && ms <= Number.MAX_SAFE_INTEGER) return Math.max(1, Math.round(ms))
  const message = `${field} must be a positive number of seconds, or a text with a unit such as '500ms', '30m', '12h' or '7d'.`
  throw new SessionError('ERR_CONFIG_DURATION', message, { field })
}

function fromText(text: unknown): number {
  const match = typeof text === 'string' ? /^(\d{1,15}(?:\.\d{1,9})?)(ms|s|m|h|d)$/.exec(text) : null
  return match === null ? Number.NaN : Number(match[1]) * UNIT_MS[match[2]!]!
}
