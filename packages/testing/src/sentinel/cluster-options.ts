/** What a test may choose about its Redis Cluster. */
import { knownKeys } from '@sentinel-session/core/internal'

export interface ClusterOptions {
  /** They share the slots. 3, and no fewer: a majority of them decides who takes the place of one. */
  primaries?: number
  /** Of each primary. 1. */
  replicas?: number
  /** Silence after which a node calls another one down: how soon a failover begins. 1000. */
  nodeTimeoutMs?: number
  /** Of all nodes; part of `savePath` and `url`. None. Without commas, blanks and quotes. */
  password?: string
  /** More lines for the configuration of all nodes; they win over ours. None. */
  nodeConfig?: readonly string[]
}

export interface ClusterSettings extends Required<Omit<ClusterOptions, 'password'>> {
  password: string | undefined
}

/** Throws for an option that does not exist or a value that no cluster can have. */
export function clusterSettingsOf(options: ClusterOptions): ClusterSettings {
  knownKeys(options, ['primaries', 'replicas', 'nodeTimeoutMs', 'password', 'nodeConfig'])
  const { primaries = 3, replicas = 1, nodeTimeoutMs = 1000, password, nodeConfig = [] } = options
  for (const [name, value, least] of [
    ['primaries', primaries, 3],
    ['replicas', replicas, 0],
    ['nodeTimeoutMs', nodeTimeoutMs, 100],
  ] as const) {
    if (!Number.isInteger(value) || value < least) {
      throw new RangeError(`${name} must be a whole number of at least ${least}.`)
    }
  }
  if (password !== undefined && !/^[^\s,"'\\\p{Cc}]+$/u.test(password)) {
    throw new RangeError('password is empty or has a character that cannot be used here.')
  }
  return Object.freeze({ primaries, replicas, nodeTimeoutMs, password, nodeConfig: [...nodeConfig] })
}
