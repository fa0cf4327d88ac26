/** The configuration files of data nodes and sentinels. */
import type { Address } from '@sentinel-session/core'
import type { Settings } from './sentinel-options.ts'

const FAILOVER_TIMEOUT_MS = 5000

export interface DataPlace extends Address {
  /** Another than the port that others know when there is a proxy in between. */
  listenPort: number
}

/** `primary` is undefined for the first primary itself. */
export function dataConfig(settings: Settings, self: DataPlace, folder: string, primary: Address | undefined): string {
  const { password, nodeConfig } = settings
  const { port, listenPort } = self
  return text([
    ...shared(listenPort, folder),
    ...(port === listenPort ? [] : [`replica-announce-port ${port}`]),
    ...withData(password),
    ...(primary === undefined ? [] : [`replicaof ${primary.host} ${primary.port}`]),
    ...nodeConfig,
  ])
}

export interface SentinelPlace extends Address {
  /** 40 hexadecimal digits. */
  id: string
}

/**
 * Everybody is introduced to everybody. Left to themselves, sentinels meet through messages that they send every two seconds,
 * and a test that kills the primary before would see no failover.
 */
export function sentinelConfig(
  settings: Settings,
  folder: string,
  self: SentinelPlace,
  known: { primary: Address; replicas: readonly Address[]; sentinels: readonly SentinelPlace[] },
): string {
  const { masterName, downAfterMs, password, sentinelPassword } = settings
  const quorum = Math.floor(known.sentinels.length / 2) + 1
  const others = known.sentinels.filter(({ id }) => id !== self.id)
  return text([
    ...shared(self.port, folder),
    'sentinel resolve-hostnames no',
    `sentinel myid ${self.id}`,
    `sentinel monitor ${masterName} ${known.primary.host} ${known.primary.port} ${quorum}`,
    `sentinel down-after-milliseconds ${masterName} ${downAfterMs}`,
    `sentinel failover-timeout ${masterName} ${FAILOVER_TIMEOUT_MS}`,
    `sentinel parallel-syncs ${masterName} ${Math.max(1, known.replicas.length)}`,
    ...(password === undefined ? [] : [`sentinel auth-pass ${masterName} ${quoted(password)}`]),
    ...(sentinelPassword === undefined
      ? []
      : [`requirepass ${quoted(sentinelPassword)}`, `sentinel sentinel-pass ${quoted(sentinelPassword)}`]),
    ...known.replicas.map(({ host, port }) => `sentinel known-replica ${masterName} ${host} ${port}`),
    ...others.map(({ host, port, id }) => `sentinel known-sentinel ${masterName} ${host} ${port} ${id}`),
  ])
}

/** The log is the standard output, which the launcher leads into a file: it then has what is said before the log is open, too. */
export const shared = (port: number, folder: string): string[] => [
  `port ${port}`,
  'bind 127.0.0.1',
  `dir ${quoted(folder)}`,
  'daemonize no',
  'logfile ""',
]

/** Nothing is written to disk. A replica is served at once, from memory to memory; the default waits 5 s for others to come. */
export const withData = (password: string | undefined): string[] => [
  'save ""',
  'appendonly no',
  'repl-diskless-sync yes',
  'repl-diskless-sync-delay 0',
  'repl-diskless-load swapdb',
  ...(password === undefined ? [] : [`requirepass ${quoted(password)}`, `masterauth ${quoted(password)}`]),
]

export const quoted = (value: string): string => JSON.stringify(value)
export const text = (lines: readonly string[]): string => `${lines.join('\n')}\n`
