/** Durations in options: a number is seconds, a string says its unit. */
import { SessionError } from './errors.ts'

/** `1800` and `'30m'` are the same. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const UNIT_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** For environment variables: checks a text such as `'30m'` or `'1800'`. Throws `ERR_CONFIG_DURATION`. */
export function parseDuration(text: string): Duration {
  const duration = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : (text as Duration)
  toMs(duration, 'duration')
  return duration
}

/** Milliseconds, more than 0. Throws `ERR_CONFIG_DURATION`, naming the field. */
export function toMs(duration: Duration, field: string): number {
  const ms = typeof duration === 'number' ? duration * 1_000 : fromText(duration)
  if (ms > 0 && ms <= Number.MAX_SAFE_INTEGER) return ms
  const message = `${field} must be a positive number of seconds, or a text with a unit such as '500ms', '30m', '12h' or '7d'.`
  throw new SessionError('ERR_CONFIG_DURATION', message, { field })
}

function fromText(text: unknown): number {
  const match = typeof text === 'string' ? /^(\d{1,15}(?:\.\d{1,9})?)(ms|s|m|h|d)$/.exec(text) : null
  return match === null ? Number.NaN : Number(match[1]) * UNIT_MS[match[2]!]!
}
