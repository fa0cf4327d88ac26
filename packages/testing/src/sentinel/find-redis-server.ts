/** Finds the server program: `$REDIS_SERVER_BIN`, then `redis-server` or `valkey-server` on the PATH. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const PROGRAMS = ['redis-server', 'valkey-server']

/** Throws when there is none, and says how to get one. */
export function findRedisServer(): string {
  const named = process.env.REDIS_SERVER_BIN
  if (named !== undefined && named !== '') {
    if (isExecutable(named)) return named
    throw new Error('REDIS_SERVER_BIN names no program that can be run.')
  }
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const program of PROGRAMS) if (isExecutable(join(folder, program))) return join(folder, program)
  }
  throw new Error('Neither redis-server nor valkey-server is on the PATH. Install one, or set REDIS_SERVER_BIN.')
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
