/** The server program: Redis or Valkey, from REDIS_SERVER_BIN or from PATH. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const NAMES = ['redis-server', 'valkey-server']

/** Its path. Throws an error that says how to install one. */
export function findRedisServer(env: NodeJS.ProcessEnv = process.env): string {
  const given = env.REDIS_SERVER_BIN
  if (given) {
    if (isExecutable(given)) return given
    throw new Error(`REDIS_SERVER_BIN is ${given}, which is no executable file.`)
  }
  const folders = (env.PATH ?? '').split(delimiter).filter(folder => folder !== '')
  const found = NAMES.flatMap(name => folders.map(folder => join(folder, name))).find(isExecutable)
  if (found !== undefined) return found
  throw new Error(
    'No redis-server or valkey-server on PATH. Install Redis 6.2 or later, or Valkey (Debian, Ubuntu: apt-get install ' +
      'redis-server; macOS: brew install redis), or name the program in REDIS_SERVER_BIN.',
  )
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
