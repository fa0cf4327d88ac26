/** The files and processes of one deployment, from its first folder to its last. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { guardExit } from './exit-guard.ts'
import { freePorts } from './free-port.ts'
import { type Proxy as NodeProxy, startProxy } from './proxy.ts'
import { type DataPlace, dataConfig, type SentinelPlace, sentinelConfig } from './redis-config.ts'
import { createRedisProcess, type RedisProcess } from './redis-process.ts'
import type { Settings } from './sentinel-options.ts'

const HOST = '127.0.0.1'

export interface Deployment {
  readonly settings: Settings
  /** The first one begins as the primary. */
  readonly data: readonly [RedisProcess, ...RedisProcess[]]
  readonly sentinels: readonly RedisProcess[]
  /** One per data node, in their order; none unless they are proxied. */
  readonly proxies: readonly NodeProxy[]
  /** Kills every process, and deletes every file. Idempotent. */
  end(): Promise<void>
}

/** Writes all configuration files, each in a folder of its own, because servers rewrite theirs. Starts nothing. */
export async function layOut(program: string, settings: Settings): Promise<Deployment> {
  const ports = await freePorts(1 + settings.replicas + settings.sentinels)
  const root = await mkdtemp(join(tmpdir(), 'sentinel-session-'))
  const listenPorts = ports.slice(0, 1 + settings.replicas)
  const proxies = settings.proxied ? await Promise.all(listenPorts.map(port => startProxy({ port }))) : []
  const [primary, ...replicas] = listenPorts.map((listenPort, at) => {
    return { host: HOST, port: proxies[at]?.port ?? listenPort, listenPort }
  })
  const places: SentinelPlace[] = ports
    .slice(1 + settings.replicas)
    .map(port => ({ host: HOST, port, id: randomBytes(20).toString('hex') }))

  function dataProcess(self: DataPlace): RedisProcess {
    const folder = makeFolder(join(root, `data-${self.listenPort}`))
    const file = join(folder, 'redis.conf')
    const replicaOf = self === primary ? undefined : primary
    writeFileSync(file, dataConfig(settings, self, dataFolderOf(folder), replicaOf))
    return createRedisProcess({ ...self, program, args: [file], folder, password: settings.password })
  }
  function sentinelProcess(self: SentinelPlace): RedisProcess {
    const folder = makeFolder(join(root, `sentinel-${self.port}`))
    const file = join(folder, 'sentinel.conf')
    const known = { primary: primary!, replicas, sentinels: places }
    writeFileSync(file, sentinelConfig(settings, dataFolderOf(folder), self, known))
    const args = [file, '--sentinel']
    return createRedisProcess({
      program,
      args,
      folder,
      host: HOST,
      port: self.port,
      listenPort: self.port,
      password: settings.sentinelPassword,
    })
  }

  const data: Deployment['data'] = [dataProcess(primary!), ...replicas.map(dataProcess)]
  const sentinels = places.map(sentinelProcess)
  const processes = [...sentinels, ...data]
  const deleteFiles = () => rmSync(root, { recursive: true, force: true, maxRetries: 3 })
  const unguard = guardExit(() => {
    for (const each of processes) each.killNow()
    deleteFiles()
  })
  return {
    settings,
    data,
    sentinels,
    proxies,
    async end() {
      await Promise.all(processes.map(each => each.retire()))
      await Promise.all(proxies.map(proxy => proxy.stop()))
      deleteFiles()
      unguard()
    },
  }
}

/** What a server keeps on disk: deleting what is in it empties the server. */
export function dataFolderOf(folder: string): string {
  return join(folder, 'data')
}

/** Makes it, with the folder for its data. */
export function makeFolder(folder: string): string {
  mkdirSync(dataFolderOf(folder), { recursive: true })
  return folder
}
