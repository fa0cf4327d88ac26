/** What a test may choose about its deployment. */
import { knownKeys } from '@sentinel-session/core/internal'

export interface SentinelTrioOptions {
  /** Besides the primary. 2. */
  replicas?: number
  /** The quorum is a majority of them. 3. */
  sentinels?: number
  /** Silence after which a sentinel calls a server down: how soon a failover begins. 1000. */
  downAfterMs?: number
  /** Of the data nodes; part of `savePath` and `url`. None. Without blanks and quotes, which sentinels do not store rightly. */
  password?: string
  /** Of the sentinels; neither a save path nor a URL can say it. None. */
  sentinelPassword?: string
  /** 'mymaster'. */
  masterName?: string
  /**
   * More lines for the configuration of all data nodes, such as 'min-replicas-to-write 1'; they win over ours. By default nothing
   * reaches the disk: 'appendonly yes' and 'appendfsync always' make a killed node come back with its data. None.
   */
  nodeConfig?: readonly string[]
  /**
   * The `port` of each data node is a proxy's, by which replicas and sentinels find it, and `isolate` can cut it off. Clients that
   * a partition shall leave alone go to its `listenPort`, for example by a `natMap`. false.
   */
  proxied?: boolean
}

export interface Settings extends Required<Omit<SentinelTrioOptions, 'password' | 'sentinelPassword'>> {
  password: string | undefined
  sentinelPassword: string | undefined
}

const NAMES = [
  'replicas',
  'sentinels',
  'downAfterMs',
  'password',
  'sentinelPassword',
  'masterName',
  'nodeConfig',
  'proxied',
]

/** Throws for an option that does not exist or a value that no deployment can have. */
export function settingsOf(options: SentinelTrioOptions): Settings {
  knownKeys(options, NAMES)
  const { replicas = 2, sentinels = 3, downAfterMs = 1000, masterName = 'mymaster', nodeConfig = [] } = options
  const { password, sentinelPassword, proxied = false } = options
  requireWhole('replicas', replicas, 0)
  requireWhole('sentinels', sentinels, 1)
  requireWhole('downAfterMs', downAfterMs, 1)
  requireWord('masterName', masterName, /^[\w.-]+$/)
  for (const [name, value] of Object.entries({ password, sentinelPassword })) {
    if (value !== undefined) requireWord(name, value, /^[^\s"'\\\p{Cc}]+$/u)
  }
  return Object.freeze({
    replicas,
    sentinels,
    downAfterMs,
    password,
    sentinelPassword,
    masterName,
    nodeConfig: [...nodeConfig],
    proxied,
  })
}

function requireWhole(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least)
    throw new RangeError(`${name} must be a whole number of at least ${least}.`)
}

function requireWord(name: string, value: string, form: RegExp): void {
  if (!form.test(value)) throw new RangeError(`${name} is empty or has a character that cannot be used here.`)
}
