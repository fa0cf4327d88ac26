/** Beego's second form: a JSON object, whose member names match in any case, as in Go. */
import { SessionError } from '../errors.ts'
import { parseAddresses, REDIS_PORT, SENTINEL_PORT } from './addresses.ts'
import { parseGoDuration } from './go-duration.ts'
import type { BeegoProvider } from './parse-save-path.ts'
import { DEFAULT_MASTER_NAME, DefaultPoolSize, fieldError, type SavePath } from './save-path.ts'

/** Unknown members are passed over. Throws `ERR_SAVE_PATH_JSON` or `ERR_SAVE_PATH_FIELD`, naming the member. */
export function parseJsonForm(text: string, provider: BeegoProvider): SavePath {
  const members = parseObject(text)
  const password = stringOf(members, 'password') ?? ''
  const maxRetries = wholeOf(members, 'max_retries', -1)
  const common = {
    poolSize: wholeOf(members, 'poolsize', 0) || DefaultPoolSize,
    password,
    db: wholeOf(members, 'db_num', 0) ?? 0,
    tls: false,
    ...durationOf(members, 'idle_timeout', 'connectionIdleTimeoutMs'),
    ...durationOf(members, 'idle_check_frequency', 'idleCheckFrequencyMs'),
    ...(maxRetries === undefined || maxRetries === 0 ? {} : { maxRetries }),
  }
  const addresses = stringOf(members, 'save_path') ?? ''
  if (provider === 'redis_sentinel') {
    const sentinels = parseAddresses(addresses, ';', SENTINEL_PORT, 'save_path')
    return {
      ...common,
      topology: 'sentinel',
      sentinels,
      masterName: stringOf(members, 'master_name') || DEFAULT_MASTER_NAME,
    }
  }
  const topology = provider === 'redis' ? 'standalone' : 'cluster'
  return { ...common, topology, nodes: parseAddresses(addresses, ';', REDIS_PORT, 'save_path') }
}

/** By lower-case name; of two that differ in case only, the later one counts, as in Go. */
function parseObject(text: string): Map<string, unknown> {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    // The parser's own error repeats the text.
    throw new SessionError('ERR_SAVE_PATH_JSON', 'The save path begins like JSON and is none.')
  }
  return new Map(Object.entries(parsed as object).map(([name, value]) => [name.toLowerCase(), value]))
}

function stringOf(members: Map<string, unknown>, name: string): string | undefined {
  const value = members.get(name) ?? undefined
  if (value !== undefined && typeof value !== 'string') throw fieldError(name, 'must be a string')
  return value
}

function wholeOf(members: Map<string, unknown>, name: string, least: number): number | undefined {
  const value = members.get(name) ?? undefined
  if (value === undefined) return undefined
  if (!Number.isSafeInteger(value) || (value as number) < least) {
    throw fieldError(name, `must be a whole number of at least ${least}`)
  }
  return value as number
}

function durationOf<K extends string>(members: Map<string, unknown>, name: string, as: K): { [P in K]?: number } {
  const text = stringOf(members, name)
  if (text === undefined || text === '') return {}
  const ms = parseGoDuration(text)
  if (ms === undefined) throw fieldError(name, 'must be a Go duration such as "3m" or "1h30m"')
  return (ms > 0 ? { [as]: ms } : {}) as { [P in K]?: number }
}
