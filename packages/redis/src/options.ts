/** How the backend is configured: one way to the deployment, who may log in there, and a few settings. */
import type { ConnectionOptions } from 'node:tls'
import {
  type BackendEvent,
  DefaultPoolSize,
  type Duration,
  type Layout,
  type Observer,
  parseSavePath,
  type SavePath,
  SessionError,
} from '@sentinel-session/core'
import { knownKeys, nativeLayout, parseAddress, toMs } from '@sentinel-session/core/internal'
import type { ClusterOptions } from './cluster-watcher.ts'
import type { Login } from './connection.ts'
import type { PrimaryOptions } from './primary.ts'
import type { Acknowledge } from './quorum.ts'
import { type Address, nameOf } from './topology.ts'

export interface Ways {
  /** Beego's string: `addr;addr,poolSize,password,dbNum,masterName`, its JSON form, or a URL. */
  savePath: string
  /**
   * `redis+sentinel://user:pass@h1:26379,h2:26379/0?master=mymaster`, `redis+cluster://user:pass@h1:6379,h2:6379`, or
   * `redis://user:pass@host:6379/0` for a single server.
   */
  url: string
  /** `'host'` or `'host:port'`; port 26379. */
  sentinels: readonly (string | Address)[]
  /** Some nodes of a Redis Cluster, which tell the others: `'host'` or `'host:port'`; port 6379. */
  cluster: readonly (string | Address)[]
}

type Only<W extends keyof Ways> = Pick<Ways, W> & { [K in Exclude<keyof Ways, W>]?: never }

/** Exactly one way: two of them, or none, do not compile. */
export type Connection =
  | ((Only<'savePath'> | Only<'url'> | Only<'cluster'>) & Access & { masterName?: never })
  | (Only<'sentinels'> & Access & { masterName?: string })

export interface Access {
  /** ACL user of the data nodes. None. It wins over what a savePath or URL says. */
  auth?: Credentials
  /** ACL user of the Sentinels. None. */
  sentinelAuth?: Credentials
  /** TLS to the data nodes. Off; never inherited from `sentinelTls`. */
  tls?: ConnectionOptions | true
  /** TLS to the Sentinels. Off; never inherited from `tls`. */
  sentinelTls?: ConnectionOptions | true
  /** Logical database. 0, the only one of a cluster. */
  db?: number
  /** What the addresses that Sentinel, or the nodes of a cluster, tell are called from here. */
  natMap?: Readonly<Record<string, Address>> | ((address: Address) => Address)
}

export interface Credentials {
  username?: string
  password: string
}

export interface RedisSettings {
  /**
   * The most connections to the primary, of a cluster to each: a ceiling, they open on demand. 100. One for reads and one for writes
   * open in any case.
   */
  poolSize?: number
  /** After this long without use all but one lane of a kind close. `'5m'`. */
  connectionIdleTimeout?: Duration
  /** How long a request may wait for a primary. Sentinel's down-after, or a cluster's node timeout, + 4 s, within 5 and 15 s. */
  failoverBudget?: Duration
  /** How many commands may wait while there is no primary, of a cluster for each; the others fail at once. 1000. */
  maxWaiting?: number
  /**
   * When a write is answered: when all replicas that Sentinel counts on have it (`'expected'`), when one has it (`1`), or at once
   * (`0`, which loses acknowledged writes in a failover). A logout and a regenerated sid always wait for all. `'expected'`.
   */
  acknowledge?: Acknowledge
  /** What was acknowledged in the last minute, to be written again to a primary that has lost it. `false`: none is kept. */
  journal?: JournalOptions | false
  /**
   * Keeps sessions that were read in the memory of this process, and serves them from there until Redis tells that they have changed
   * (docs/near-cache.md). `true`: 10,000 sessions, `'1s'`. Not on a cluster. `false`.
   */
  nearCache?: NearCacheOptions | boolean
}

export interface NearCacheOptions {
  /** The most sessions that are kept; one more, and one that was not used for long goes. 10,000. */
  maxEntries?: number
  /**
   * How long a change elsewhere, such as a logout, may stay unseen when Redis cannot tell of it; otherwise it shows within milliseconds.
   * At least `'50ms'`. `'1s'`.
   */
  maxAge?: Duration
}

export interface JournalOptions {
  /** How much it may hold; above it what several nodes have goes first. 16 MiB. */
  maxBytes?: number
  /** `false`: a session that is gone stays gone; only what was ended is ended again. `true`. */
  restore?: boolean
}

export type ObservedConnection = Connection & RedisSettings & { onEvent?: Observer<BackendEvent> }

export type RedisBackendOptions = ObservedConnection & {
  /** How records are kept. The native one; `beegoLayout()` of `@sentinel-session/beego` shares them with a Beego fleet. */
  layout?: Layout
}

/** Beego's names: they say what the fields of a save path mean. */
export type RedisProviderName = 'redis_sentinel' | 'redis' | 'redis_cluster'

export const CONNECTION_OPTION_NAMES: readonly string[] = [
  'savePath',
  'url',
  'sentinels',
  'cluster',
  'masterName',
  'auth',
  'sentinelAuth',
  'tls',
  'sentinelTls',
  'db',
  'natMap',
]
export const REDIS_SETTING_NAMES: readonly string[] = [
  'poolSize',
  'connectionIdleTimeout',
  'failoverBudget',
  'maxWaiting',
  'acknowledge',
  'journal',
  'nearCache',
]

type Deployment = Exclude<PrimaryOptions['deployment'], { shard: unknown }> | { cluster: ClusterOptions }

export interface BackendSettings extends Omit<PrimaryOptions, 'deployment'> {
  deployment: Deployment
  journal: JournalOptions | false
  nearCache: NearSettings | false
  layout: Layout
}

/** What `nearCache` says. */
export interface NearSettings {
  maxEntries: number
  maxAgeMs: number
}

/** Throws `ERR_CONFIG_CONNECTION`, `ERR_CONFIG_OPTION`, `ERR_CONFIG_DURATION` or `ERR_SAVE_PATH_*`, naming the option. */
export function resolveOptions(
  options: RedisBackendOptions,
  name: RedisProviderName = 'redis_sentinel',
): BackendSettings {
  knownKeys(options, [...CONNECTION_OPTION_NAMES, ...REDIS_SETTING_NAMES, 'onEvent', 'layout'])
  const path = readPath(options, name)
  const poolSize = options.poolSize ?? path.poolSize
  const maxWaiting = options.maxWaiting ?? 1000
  const db = options.db ?? path.db
  wholeNumber(poolSize, 1, 'poolSize')
  wholeNumber(maxWaiting, 0, 'maxWaiting')
  wholeNumber(db, 0, 'db')
  const acknowledge = options.acknowledge ?? 'expected'
  if (acknowledge !== 'expected' && acknowledge !== 1 && acknowledge !== 0) {
    throw new SessionError('ERR_CONFIG_OPTION', "acknowledge must be 'expected', 1 or 0.", { field: 'acknowledge' })
  }
  if (path.topology === 'cluster' && db > 0) {
    throw new SessionError('ERR_CONFIG_OPTION', 'db must be 0: a cluster has no other.', { field: 'db' })
  }
  const login = { ...loginOf(options.auth ?? path, options.tls ?? (path.tls ? true : undefined)), db }
  return {
    deployment: deploymentOf(path, login, options),
    login,
    poolSize,
    connectionIdleTimeoutMs:
      options.connectionIdleTimeout === undefined
        ? (path.connectionIdleTimeoutMs ?? 300_000)
        : toMs(options.connectionIdleTimeout, 'connectionIdleTimeout'),
    failoverBudgetMs: options.failoverBudget === undefined ? undefined : toMs(options.failoverBudget, 'failoverBudget'),
    maxWaiting,
    acknowledge,
    journal: checkJournal(options.journal ?? {}),
    nearCache: checkNearCache(options.nearCache ?? false, path.topology),
    onEvent: options.onEvent,
    layout: checkLayout(options.layout),
  }
}

function checkLayout(layout: Layout = nativeLayout): Layout {
  if (layout === nativeLayout || layout?.revisionIn === 'digest') return layout
  const message = 'layout must be left out, or be one that shares records with another program.'
  throw new SessionError('ERR_CONFIG_OPTION', message, { field: 'layout' })
}

function deploymentOf(path: SavePath, login: Login, options: RedisBackendOptions): Deployment {
  const natMap = natMapper(options.natMap)
  if (path.topology === 'sentinel') {
    const { sentinels, masterName } = path
    const sentinelLogin = loginOf(options.sentinelAuth ?? {}, options.sentinelTls)
    return { sentinel: { sentinels, masterName, login: sentinelLogin, natMap } }
  }
  const { topology, nodes } = path
  return topology === 'cluster' ? { cluster: { nodes, login, natMap, field: wayOf(options) } } : { server: nodes[0]! }
}

/** The one option that says where Redis is. */
function wayOf(options: RedisBackendOptions): keyof Ways {
  const ways = (['savePath', 'url', 'sentinels', 'cluster'] as const).filter(way => options[way] !== undefined)
  if (ways.length === 1) return ways[0]!
  const given = ways.join(', ') || 'none'
  const message = `Say in exactly one way where Redis is: savePath, url, sentinels or cluster (given: ${given}).`
  throw new SessionError('ERR_CONFIG_CONNECTION', message, { field: ways[0] ?? 'savePath' })
}

function readPath(options: RedisBackendOptions, name: RedisProviderName): SavePath {
  const way = wayOf(options)
  const rest = { poolSize: DefaultPoolSize, db: 0, tls: false }
  if (options.sentinels !== undefined) {
    const sentinels = readAddresses(options.sentinels, 26_379, way)
    return { topology: 'sentinel', sentinels, masterName: options.masterName ?? 'mymaster', ...rest }
  }
  if (options.cluster !== undefined) {
    return { topology: 'cluster', nodes: readAddresses(options.cluster, 6379, way), ...rest }
  }
  const text = options.savePath ?? options.url
  if (typeof text === 'string') return parseSavePath(text, { provider: name })
  throw new SessionError('ERR_CONFIG_CONNECTION', `The option ${way} must be a string.`, { field: way })
}

function readAddresses(list: readonly (string | Address)[], defaultPort: number, way: string): Address[] {
  if (!Array.isArray(list) || list.length === 0) {
    throw new SessionError('ERR_CONFIG_CONNECTION', `${way} must list at least one address.`, { field: way })
  }
  return list.map((entry, index) => {
    const field = `${way}[${index}]`
    if (typeof entry === 'string') return readAddress(entry, defaultPort, field)
    const { host, port } = Object(entry) as Partial<Address>
    return readAddress(
      `${host?.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`,
      defaultPort,
      field,
    )
  })
}

function readAddress(text: string, defaultPort: number, field: string): Address {
  try {
    return parseAddress(text, defaultPort, field)
  } catch (cause) {
    const message = `${field} must be 'host' or 'host:port', an IPv6 address in brackets.`
    throw new SessionError('ERR_CONFIG_CONNECTION', message, { field, cause })
  }
}

interface KnownCredentials {
  username?: string | undefined
  password?: string | undefined
}

function loginOf({ username, password }: KnownCredentials, tls: ConnectionOptions | true | undefined): Login {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined || password === '' ? {} : { password }),
    ...(tls === undefined ? {} : { tls: tls === true ? {} : tls }),
  }
}

function natMapper(natMap: Access['natMap']): (address: Address) => Address {
  if (natMap === undefined) return address => address
  if (typeof natMap === 'function') return checked(natMap)
  return address => natMap[nameOf(address)] ?? address
}

/** It runs whenever Redis is looked for: what it does wrong must reach whoever waits, as an error of ours. */
function checked(natMap: (address: Address) => Address): (address: Address) => Address {
  return address => {
    let mapped: Address | undefined
    let cause: unknown
    try {
      mapped = natMap(address)
    } catch (error) {
      cause = error
    }
    if (typeof mapped?.host === 'string' && Number.isInteger(mapped.port)) return mapped
    const message = `natMap has no host and port for ${nameOf(address)}.`
    throw new SessionError('ERR_CONFIG_OPTION', message, { field: 'natMap', cause })
  }
}

function checkJournal(journal: JournalOptions | false): JournalOptions | false {
  if (journal === false) return false
  knownKeys(journal, ['maxBytes', 'restore'], 'journal.')
  wholeNumber(journal.maxBytes ?? 0, 0, 'journal.maxBytes')
  return journal
}

const SHORTEST_AGE_MS = 50

function checkNearCache(nearCache: NearCacheOptions | boolean, topology: SavePath['topology']): NearSettings | false {
  const fail = (message: string, field = 'nearCache'): never => {
    throw new SessionError('ERR_CONFIG_OPTION', message, { field })
  }
  if (nearCache === false) return false
  if (nearCache !== true && Object(nearCache) !== nearCache) fail('nearCache must be true, false or an object.')
  if (topology === 'cluster') fail('nearCache must be left out: sessions on a cluster cannot be kept in the process.')
  const given = nearCache === true ? {} : nearCache
  knownKeys(given, ['maxEntries', 'maxAge'], 'nearCache.')
  const { maxEntries = 10_000, maxAge = '1s' } = given
  wholeNumber(maxEntries, 1, 'nearCache.maxEntries')
  const maxAgeMs = toMs(maxAge, 'nearCache.maxAge')
  if (maxAgeMs < SHORTEST_AGE_MS) fail("nearCache.maxAge must be at least '50ms'.", 'nearCache.maxAge')
  return { maxEntries, maxAgeMs }
}

function wholeNumber(value: number, least: number, field: string): void {
  if (!Number.isInteger(value) || value < least) {
    throw new SessionError('ERR_CONFIG_OPTION', `${field} must be a whole number of at least ${least}.`, { field })
  }
}
