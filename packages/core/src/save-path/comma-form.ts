/** Beego's first form: fields by position. Where Beego falls back without a word, so do we: the string has worked for years. */
import { parseGoInt } from './go-int.ts'
import { DefaultPoolSize, type SavePath } from './save-path.ts'
import { type BeegoProvider, parseServers, TOPOLOGY_OF } from './servers.ts'

/**
 * `addr;addr,poolSize,password,db[,masterName][,idleTimeout,idleCheckFrequency,maxRetries]`; only Sentinel has a masterName.
 * Throws `ERR_SAVE_PATH_FIELD` for the addresses; nothing else can be wrong.
 */
export function parseCommaForm(text: string, provider: BeegoProvider, beegoFieldBug: boolean): SavePath {
  const fields = text.split(',')
  const [hosts = '', poolSize = '', password = '', db = ''] = fields
  const topology = TOPOLOGY_OF[provider]
  const isSentinel = topology === 'sentinel'
  return {
    poolSize: atLeast(1, poolSize) ?? DefaultPoolSize,
    password,
    // Beego hands the db to all clients but that of a cluster, which has only 0.
    db: topology === 'cluster' ? 0 : (atLeast(0, db) ?? 0),
    tls: false,
    ...readTimes(isSentinel ? sentinelTimes(fields, beegoFieldBug) : fields.slice(4, 7)),
    ...parseServers(topology, { hosts, separator: ';', field: 'addr', masterName: fields[4] }),
  }
}

/** Beego reads each of these three from the field before its own, if there are enough fields; the flag does the same. */
function sentinelTimes(fields: string[], beegoFieldBug: boolean): (string | undefined)[] {
  if (!beegoFieldBug) return fields.slice(5, 8)
  return [5, 6, 7].map(own => (fields.length > own ? fields[own - 1] : undefined))
}

/** Seconds, seconds, a count; what is no positive number is as if it were not there. */
function readTimes([idle = '', check = '', retries = '']: (string | undefined)[]) {
  const idleTimeout = atLeast(1, idle)
  const idleCheckFrequency = atLeast(1, check)
  const maxRetries = atLeast(1, retries)
  return {
    ...(idleTimeout === undefined ? {} : { connectionIdleTimeoutMs: idleTimeout * 1000 }),
    ...(idleCheckFrequency === undefined ? {} : { idleCheckFrequencyMs: idleCheckFrequency * 1000 }),
    ...(maxRetries === undefined ? {} : { maxRetries }),
  }
}

function atLeast(least: number, text: string): number | undefined {
  const value = parseGoInt(text)
  return value !== undefined && value >= least ? value : undefined
}
