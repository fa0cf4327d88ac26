/** `redis+sentinel://user:password@host:26379,host:26379/0?master=mymaster`, and its relatives. */
import { SessionError } from '../errors.ts'
import { parseAddresses, REDIS_PORT, SENTINEL_PORT } from './addresses.ts'
import { parseGoInt } from './go-int.ts'
import { DEFAULT_MASTER_NAME, DefaultPoolSize, type SavePath } from './save-path.ts'

const SCHEME = /^(rediss?)(?:\+(sentinel|cluster))?:\/\//i
const PARAMETERS = ['master', 'db', 'poolSize']

export function looksLikeUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
}

/** Several hosts in one authority are beyond `URL`, so the parts are cut here. Throws `ERR_SAVE_PATH_URL`. */
export function parseUrlForm(text: string): SavePath {
  const scheme = SCHEME.exec(text)
  if (scheme === null) {
    throw urlError(
      'scheme',
      'must be one of redis, rediss, redis+sentinel, rediss+sentinel, redis+cluster, rediss+cluster',
    )
  }
  const rest = text.slice(scheme[0].length)
  const [beforeFragment = ''] = rest.split('#', 1)
  if (beforeFragment.length < rest.length) throw urlError('fragment', 'is not known: a # in a password is written %23')
  const [location, query] = cut(beforeFragment, '?')
  const [authority, path] = cut(location, '/')
  const at = authority.lastIndexOf('@')
  const parameters = parseQuery(query)
  const common = {
    poolSize: wholeOf(parameters.get('poolSize'), 'poolSize', 1) ?? DefaultPoolSize,
    db: wholeOf(path || parameters.get('db'), 'db', 0) ?? 0,
    tls: scheme[1]!.toLowerCase() === 'rediss',
    ...(at === -1 ? {} : credentialsOf(authority.slice(0, at))),
  }
  const hosts = authority.slice(at + 1)
  const kind = scheme[2]?.toLowerCase()
  if (kind === 'sentinel') {
    const masterName = parameters.get('master') || DEFAULT_MASTER_NAME
    return { ...common, topology: 'sentinel', sentinels: parseAddresses(hosts, ',', SENTINEL_PORT), masterName }
  }
  if (parameters.has('master')) throw urlError('master', 'goes with redis+sentinel only')
  return {
    ...common,
    topology: kind === 'cluster' ? 'cluster' : 'standalone',
    nodes: parseAddresses(hosts, ',', REDIS_PORT),
  }
}

function cut(text: string, separator: string): [before: string, after: string] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

function credentialsOf(text: string): { username?: string; password?: string } {
  const [username, password] = cut(text, ':')
  return {
    ...(username === '' ? {} : { username: decoded(username, 'user') }),
    ...(password === '' ? {} : { password: decoded(password, 'password') }),
  }
}

function parseQuery(query: string): Map<string, string> {
  const parameters = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(query)) {
    // The name is not repeated: it may be the tail of a password with a bare `?` in it.
    if (!PARAMETERS.includes(name))
      throw urlError('query', `has an unknown parameter; known are ${PARAMETERS.join(', ')}`)
    if (parameters.has(name)) throw urlError(name, 'is given twice')
    parameters.set(name, value)
  }
  return parameters
}

function wholeOf(text: string | undefined, field: string, least: number): number | undefined {
  if (text === undefined) return undefined
  const value = parseGoInt(text)
  if (value === undefined || value < least) throw urlError(field, `must be a whole number of at least ${least}`)
  return value
}

function decoded(text: string, field: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw urlError(field, 'has a % that is no percent-encoding')
  }
}

function urlError(field: string, what: string): SessionError {
  return new SessionError('ERR_SAVE_PATH_URL', `The save path URL's ${field} ${what}.`, { field })
}
