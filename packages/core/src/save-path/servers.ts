/** Which servers a save path names, and what they are to each other. */
import { parseAddresses, REDIS_PORT, SENTINEL_PORT } from './addresses.ts'
import { DEFAULT_MASTER_NAME, fieldError, type Servers } from './save-path.ts'

/** Beego's names; they say what the fields and members mean. */
export type BeegoProvider = 'redis_sentinel' | 'redis' | 'redis_cluster'

export const TOPOLOGY_OF: Readonly<Record<BeegoProvider, Servers['topology']>> = {
  redis_sentinel: 'sentinel',
  redis: 'standalone',
  redis_cluster: 'cluster',
}

interface Written {
  hosts: string
  separator: string
  /** What the form calls the list of hosts. */
  field: string
  masterName: string | undefined
}

/** An empty master name is `mymaster`. Throws `ERR_SAVE_PATH_FIELD`. */
export function parseServers(topology: Servers['topology'], { hosts, separator, field, masterName }: Written): Servers {
  if (topology === 'sentinel') {
    const sentinels = parseAddresses(hosts, separator, SENTINEL_PORT, field)
    return { topology, sentinels, masterName: masterName || DEFAULT_MASTER_NAME }
  }
  const nodes = parseAddresses(hosts, separator, REDIS_PORT, field)
  if (topology === 'standalone' && nodes.length > 1)
    throw fieldError(field, 'must name one host: it is a single server')
  return { topology, nodes }
}
