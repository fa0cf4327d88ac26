/** Starts a Redis Cluster as real processes on this machine. */
import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cluster, type ClusterProcesses, createCluster } from './cluster.ts'
import { type ClusterPlace, NODES_FILE, nodeConfig, nodesFile } from './cluster-config.ts'
import { type ClusterOptions, type ClusterSettings, clusterSettingsOf } from './cluster-options.ts'
import { requireConsent } from './cluster-view.ts'
import { dataFolderOf, makeFolder } from './deployment.ts'
import { guardExit } from './exit-guard.ts'
import { findRedisServer } from './find-redis-server.ts'
import { freePorts } from './free-port.ts'
import { createRedisProcess, PortTakenError } from './redis-process.ts'
import { until } from './until.ts'

const HOST = '127.0.0.1'
const START_TIMEOUT_MS = 20_000
const ATTEMPTS = 5

/**
 * Resolves when all nodes agree about all slots and every replica follows. Needs redis-server or valkey-server 7.0 or later, found
 * as `startSentinel` finds it. End it with `stop()` or `await using`.
 *
 * @example
 * await using cluster = await startCluster()
 * const provider = redisSentinelProvider({ cluster: cluster.addresses })
 * await cluster.kill(cluster.nodes[0])
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const settings = clusterSettingsOf(options)
  const program = findRedisServer()
  for (let attempt = 1; ; attempt++) {
    const processes = await layOut(program, settings)
    try {
      await Promise.all(processes.data.map(node => node.start()))
      await until('the cluster to form', START_TIMEOUT_MS, () => requireConsent(processes.data))
      return createCluster(processes)
    } catch (error) {
      const logs = processes.data.map(each => `--- ${each.node.port}\n${each.logTail()}`).join('\n')
      await processes.end()
      if (error instanceof PortTakenError && attempt < ATTEMPTS) continue
      throw new Error(`The cluster did not start. ${(error as Error).message}\n${logs}`, { cause: error })
    }
  }
}

/** Writes all configuration files, each in a folder of its own. Starts nothing. */
async function layOut(program: string, settings: ClusterSettings): Promise<ClusterProcesses> {
  const { primaries, replicas, password } = settings
  const count = primaries * (1 + replicas)
  const ports = await freePorts(2 * count)
  const root = await mkdtemp(join(tmpdir(), 'sentinel-session-'))
  const places: ClusterPlace[] = Array.from({ length: count }, (_, at) => ({
    host: HOST,
    port: ports[at]!,
    busPort: ports[count + at]!,
    id: randomBytes(20).toString('hex'),
    follows: at < primaries ? undefined : at % primaries,
  }))
  const data = places.map(place => {
    const folder = makeFolder(join(root, `node-${place.port}`))
    const file = join(folder, 'redis.conf')
    writeFileSync(file, nodeConfig(settings, place, dataFolderOf(folder)))
    writeFileSync(join(dataFolderOf(folder), NODES_FILE), nodesFile(places, place))
    const { host, port } = place
    return createRedisProcess({ program, args: [file], folder, host, port, listenPort: port, password })
  })
  const deleteFiles = () => rmSync(root, { recursive: true, force: true, maxRetries: 3 })
  const unguard = guardExit(() => {
    for (const each of data) each.killNow()
    deleteFiles()
  })
  return {
    settings,
    data,
    async end() {
      await Promise.all(data.map(each => each.retire()))
      deleteFiles()
      unguard()
    },
  }
}
