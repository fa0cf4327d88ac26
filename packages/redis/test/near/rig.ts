/** A backend with a near cache whose lines and lanes go through proxies of their own, so that each can fail alone. */
import type { BackendEvent } from '@sentinel-session/core'
import { type SentinelTrio, startProxy, type Proxy as TcpProxy } from '@sentinel-session/testing/sentinel'
import { expect } from 'vitest'
import { nearBackend } from '../../src/near-backend.ts'
import { resolveOptions } from '../../src/options.ts'
import { type Follower, Primary, type PrimaryOptions } from '../../src/primary.ts'
import { type RedisBackend, SentinelBackend } from '../../src/redis-backend.ts'
import type { Tracking } from '../../src/tracking.ts'

export interface Rig {
  backend: RedisBackend
  /** In front of the primary, for what it tells. */
  line: TcpProxy
  /** In front of it, for commands. */
  lanes: TcpProxy
  tracking: Tracking
  events: BackendEvent[]
  stop(): Promise<void>
}

/** Ready, with a cache that is sure of itself. */
export async function startRig(trio: SentinelTrio, maxAgeMs = 1000): Promise<Rig> {
  const node = await trio.currentPrimary()
  const [line, lanes] = [await startProxy(node), await startProxy(node)]
  const events: BackendEvent[] = []
  const { deployment, ...settings } = resolveOptions({
    savePath: trio.savePath,
    natMap: ({ host }) => ({ host, port: lanes.port }),
    onEvent: event => events.push(event),
  })
  const primary = new Primary({ ...settings, deployment } as PrimaryOptions)
  let tracking: Tracking | undefined
  const followedBy = primary.followedBy.bind(primary)
  primary.followedBy = (follower: Follower) => {
    tracking = follower as Tracking
    followedBy({ used: () => follower.used({ host: line.host, port: line.port }), left: () => follower.left() })
  }
  const near = { maxEntries: 1000, maxAgeMs }
  const backend = nearBackend(primary, settings.login, near, 'near:', forgotten => {
    return new SentinelBackend(primary, {}, forgotten)
  })
  const stop = async (): Promise<void> => {
    await backend.close()
    await line.stop()
    await lanes.stop()
  }
  await backend.ready()
  const rig = { backend, line, lanes, tracking: tracking!, events, stop }
  await sure(rig)
  return rig
}

/** Resolves when Redis tells it what changes. */
export function sure({ tracking }: Pick<Rig, 'tracking'>): Promise<void> {
  return expect.poll(() => tracking.sureUntil, { timeout: 5000 }).toBeGreaterThan(performance.now())
}
