/** Beego's second form: a JSON object, whose member names match in any case, as in Go. */
import { SessionError } from '../errors.ts'
import { goMembers } from '../go-members.ts'
import { parseGoDuration } from './go-duration.ts'
import { DefaultPoolSize, fieldError, type SavePath } from './save-path.ts'
import { type BeegoProvider, parseServers, TOPOLOGY_OF } from './servers.ts'

type Members = ReadonlyMap<string, unknown>

/** Unknown members are passed over. Throws `ERR_SAVE_PATH_JSON`, or `ERR_SAVE_PATH_FIELD` naming the member. */
export function parseJsonForm(text: string, provider: BeegoProvider): SavePath {
  const members = parseMembers(text)
  const topology = TOPOLOGY_OF[provider]
  const db = wholeOf(members, 'db_num', Number.MIN_SAFE_INTEGER) ?? 0
  return {
    poolSize: wholeOf(members, 'poolsize', 0) || DefaultPoolSize,
    password: stringOf(members, 'password') ?? '',
    // go-redis selects a db above 0 only, and none in a cluster.
    db: topology === 'cluster' ? 0 : Math.max(0, db),
    tls: false,
    ...readTimes(members),
    ...parseServers(topology, {
      hosts: stringOf(members, 'save_path') ?? '',
      separator: ';',
      field: 'save_path',
      masterName: topology === 'sentinel' ? stringOf(members, 'master_name') : undefined,
    }),
  }
}

function parseMembers(text: string): Members {
  try {
    return goMembers(JSON.parse(text))
  } catch {
    // The parser's own error repeats the text.
    throw new SessionError('ERR_SAVE_PATH_JSON', 'The save path begins like JSON and is none.')
  }
}

function readTimes(members: Members) {
  const idleTimeoutMs = durationOf(members, 'idle_timeout')
  const idleCheckFrequencyMs = durationOf(members, 'idle_check_frequency')
  const maxRetries = wholeOf(members, 'max_retries', -1)
  return {
    ...(idleTimeoutMs === undefined ? {} : { connectionIdleTimeoutMs: idleTimeoutMs }),
    ...(idleCheckFrequencyMs === undefined ? {} : { idleCheckFrequencyMs }),
    // go-redis: 0 is its default, -1 is none.
    ...(maxRetries === undefined || maxRetries === 0 ? {} : { maxRetries: Math.max(0, maxRetries) }),
  }
}

function stringOf(members: Members, name: string): string | undefined {
  const value = members.get(name)
  if (value !== undefined && typeof value !== 'string') throw fieldError(name, 'must be a string')
  return value
}

function wholeOf(members: Members, name: string, least: number): number | undefined {
  const value = members.get(name)
  if (value === undefined) return undefined
  if (!isWhole(value)) throw fieldError(name, 'must be a whole number')
  if (value < least) throw fieldError(name, `must be at least ${least}`)
  // JSON has a -0.
  return value + 0
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

/** Whole milliseconds; what is empty, zero or negative is as if it were not there. */
function durationOf(members: Members, name: string): number | undefined {
  const text = stringOf(members, name)
  if (text === undefined || text === '') return undefined
  const ms = parseGoDuration(text)
  if (ms === undefined) throw fieldError(name, 'must be a Go duration such as "3m" or "1h30m"')
  return ms > 0 ? Math.max(1, Math.round(ms)) : undefined
}
