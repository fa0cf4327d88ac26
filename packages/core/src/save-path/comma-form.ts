/** Beego's first form: fields by position. Where Beego falls back without a word, so do we: the string has worked for years. */
import { parseAddresses, REDIS_PORT, SENTINEL_PORT } from './addresses.ts'
import { parseGoInt } from './go-int.ts'
import type { BeegoProvider } from './parse-save-path.ts'
import { DEFAULT_MASTER_NAME, DefaultPoolSize, type SavePath } from './save-path.ts'

/** `addr;addr,poolSize,password,dbNum[,masterName][,idleTimeout,idleCheckFrequency,maxRetries]`; only Sentinel has a masterName. */
export function parseCommaForm(text: string, provider: BeegoProvider, beegoFieldBug: boolean): SavePath {
  const fields = text.split(',')
  const [addresses = '', poolSize = '', password = '', db = ''] = fields
  const isSentinel = provider === 'redis_sentinel'
  const times = isSentinel ? sentinelTimes(fields, beegoFieldBug) : fields.slice(4, 7)
  const common = {
    poolSize: atLeast(1, poolSize) ?? DefaultPoolSize,
    password,
    db: atLeast(0, db) ?? 0,
    tls: false,
    ...timesOf(times),
  }
  if (isSentinel) {
    const sentinels = parseAddresses(addresses, ';', SENTINEL_PORT)
    return { ...common, topology: 'sentinel', sentinels, masterName: fields[4] || DEFAULT_MASTER_NAME }
  }
  const topology = provider === 'redis' ? 'standalone' : 'cluster'
  return { ...common, topology, nodes: parseAddresses(addresses, ';', REDIS_PORT) }
}

/** Beego reads each of these three from the field before its own, where there are enough fields; the flag does the same. */
function sentinelTimes(fields: string[], beegoFieldBug: boolean): (string | undefined)[] {
  if (!beegoFieldBug) return fields.slice(5, 8)
  return [5, 6, 7].map(own => (fields.length > own ? fields[own - 1] : undefined))
}

/** Seconds, seconds, a count; what is no positive number is as if it were not there. */
function timesOf([idle = '', check = '', retries = '']: (string | undefined)[]) {
  const connectionIdleTimeout = atLeast(1, idle)
  const idleCheckFrequency = atLeast(1, check)
  const maxRetries = atLeast(1, retries)
  return {
    ...(connectionIdleTimeout === undefined ? {} : { connectionIdleTimeoutMs: connectionIdleTimeout * 1000 }),
    ...(idleCheckFrequency === undefined ? {} : { idleCheckFrequencyMs: idleCheckFrequency * 1000 }),
    ...(maxRetries === undefined ? {} : { maxRetries }),
  }
}

function atLeast(least: number, text: string): number | undefined {
  const value = parseGoInt(text)
  return value !== undefined && value >= least ? value : undefined
}
