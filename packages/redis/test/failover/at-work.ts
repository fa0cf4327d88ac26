/** A deployment with users at work on it, and their account when the fault is over. */
import type { RedisBackendOptions } from '@sentinel-session/redis'
import {
  type SentinelTrio,
  type SentinelTrioOptions,
  startProxy,
  startSentinel,
  type Proxy as TcpProxy,
} from '@sentinel-session/testing/sentinel'
import { expect } from 'vitest'
import { nameOf } from '../../src/topology.ts'
import { Ledger } from './ledger.ts'

const BALANCED = { lost: 0, duplicated: 0, resurrected: 0, empty: 0, errors: [] }

export class AtWork {
  readonly trio: SentinelTrio
  readonly ledger: Ledger
  /** In front of each data node, if the connections go through proxies. */
  readonly proxies: readonly TcpProxy[]

  private constructor(trio: SentinelTrio, proxies: readonly TcpProxy[], options: Partial<RedisBackendOptions>) {
    this.trio = trio
    this.proxies = proxies
    this.ledger = new Ledger({ savePath: trio.savePath, ...options } as RedisBackendOptions)
  }

  static async begin(
    options: Partial<RedisBackendOptions> = {},
    deployment: SentinelTrioOptions & { proxies?: boolean } = {},
  ): Promise<AtWork> {
    const { proxies: isProxied = false, ...settings } = deployment
    const trio = await startSentinel(settings)
    const proxies = isProxied ? await Promise.all(trio.nodes.map(startProxy)) : []
    const natMap = Object.fromEntries(proxies.map(({ host, port }, at) => [nameOf(trio.nodes[at]!), { host, port }]))
    const work = new AtWork(trio, proxies, { natMap, ...options })
    try {
      await work.ledger.begin()
      await work.ledger.progress(50)
    } catch (error) {
      await work.stop()
      throw error
    }
    return work
  }

  /** Lets users go on, and the deployment come to rest; then all that was acknowledged is there, and nobody saw an error. */
  async expectBalance(): Promise<void> {
    await this.ledger.progress(50)
    await this.ledger.end()
    await this.trio.settled()
    expect(await this.ledger.balance()).toEqual(BALANCED)
  }

  async stop(): Promise<void> {
    await this.ledger.close()
    for (const proxy of this.proxies) await proxy.stop()
    await this.trio.stop()
  }
}
