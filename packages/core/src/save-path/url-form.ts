/** `redis+sentinel://user:password@host:26379,host:26379/0?master=mymaster`, and its relatives. */
import { SessionError } from '../errors.ts'
import { parseGoInt } from './go-int.ts'
import { DefaultPoolSize, type SavePath, type Servers } from './save-path.ts'
import { parseServers } from './servers.ts'

const SCHEME = /^(redis|rediss)(?:\+(sentinel|cluster))?:\/\//i
const PARAMETERS: readonly string[] = ['master', 'db', 'poolSize']

export function looksLikeUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
}

/**
 * Several hosts in one authority are beyond `URL`, so the parts are cut here. Throws `ERR_SAVE_PATH_URL` with the part as field, and
 * `ERR_SAVE_PATH_FIELD` for the hosts.
 */
export function parseUrlForm(text: string): SavePath {
  const { topology, tls, rest } = cutScheme(text)
  const { credentials, hosts, path, query } = cutRest(rest)
  const parameters = parseQuery(query)
  const masterName = parameters.get('master')
  if (masterName !== undefined && topology !== 'sentinel') throw urlError('master', 'goes with redis+sentinel only')
  const db = readDb(path, parameters.get('db'))
  if (db > 0 && topology === 'cluster') throw urlError('db', 'must be 0: a cluster has no other')
  return {
    poolSize: wholeOf(parameters.get('poolSize'), 'poolSize', 1) ?? DefaultPoolSize,
    db,
    tls,
    ...readCredentials(credentials),
    ...parseServers(topology, { hosts, separator: ',', field: 'addr', masterName }),
  }
}

function cutScheme(text: string): { topology: Servers['topology']; tls: boolean; rest: string } {
  const [start, scheme, kind = 'standalone'] = SCHEME.exec(text) ?? []
  if (start === undefined) {
    const known = 'redis, rediss, redis+sentinel, rediss+sentinel, redis+cluster, rediss+cluster'
    throw urlError('scheme', `must be one of ${known}`)
  }
  return {
    topology: kind.toLowerCase() as Servers['topology'],
    tls: scheme!.toLowerCase() === 'rediss',
    rest: text.slice(start.length),
  }
}

function cutRest(rest: string): { credentials: string | undefined; hosts: string; path: string; query: string } {
  const end = rest.search(/[/?#]/)
  const authority = end === -1 ? rest : rest.slice(0, end)
  const behind = end === -1 ? '' : rest.slice(end)
  // From here on no part of a password is in sight, and a parameter can be named.
  if (behind.includes('@')) {
    throw urlError(
      'password',
      'or user has a / ? or # that is not percent-encoded (behind the hosts, @ is written %40)',
    )
  }
  const [beforeHash, ...fragments] = behind.split('#')
  if (fragments.length > 0) throw urlError('fragment', 'is unknown: # is written %23')
  const [path, query] = cut(beforeHash!, '?')
  const at = authority.lastIndexOf('@')
  return {
    credentials: at === -1 ? undefined : authority.slice(0, at),
    hosts: authority.slice(at + 1),
    path: path.slice(1),
    query: query ?? '',
  }
}

function cut(text: string, separator: string): [before: string, after: string | undefined] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)]
}

function readCredentials(text: string | undefined): { username?: string; password?: string } {
  if (text === undefined) return {}
  const [username, password = ''] = cut(text, ':')
  // Redis knows no login without a password, so it would be left out in silence.
  if (password === '') throw urlError('password', 'is missing; one without a user is written redis://:password@host')
  return {
    ...(username === '' ? {} : { username: decoded(username, 'user') }),
    password: decoded(password, 'password'),
  }
}

function parseQuery(query: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(query)) {
    if (!PARAMETERS.includes(name)) {
      const field = /^[\w.-]{1,40}$/.test(name) ? name : 'query'
      throw urlError(field, `is no known parameter; those are ${PARAMETERS.join(', ')}`)
    }
    if (parameters.has(name)) throw urlError(name, 'is given twice')
    parameters.set(name, value)
  }
  return parameters
}

function readDb(path: string, parameter: string | undefined): number {
  if (path !== '' && parameter !== undefined) throw urlError('db', 'is given twice, as path and as parameter')
  return wholeOf(path === '' ? parameter : path, 'db', 0) ?? 0
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
