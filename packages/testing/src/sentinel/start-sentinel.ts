/** Starts a primary, its replicas and their sentinels as real processes on this machine. */
import { requireAgreement, requireReplication } from './agreement.ts'
import { type Deployment, layOut } from './deployment.ts'
import { findRedisServer } from './find-redis-server.ts'
import { PortTakenError } from './redis-process.ts'
import { type SentinelTrioOptions, settingsOf } from './sentinel-options.ts'
import { createTrio, type SentinelTrio } from './sentinel-trio.ts'
import { until } from './until.ts'

const START_TIMEOUT_MS = 20_000
const ATTEMPTS = 5

/**
 * Resolves when replication is online and all sentinels know and agree on everybody: from then on every fault is answered as in
 * a deployment that has run for long. Needs redis-server or valkey-server on PATH or in REDIS_SERVER_BIN, and throws an error that
 * says so. End it with `stop()` or `await using`.
 *
 * @example
 * await using trio = await startSentinel()
 * const provider = redisSentinelProvider({ savePath: trio.savePath })
 * await trio.waitForPrimaryChange(await trio.killPrimary())
 */
export async function startSentinel(options: SentinelTrioOptions = {}): Promise<SentinelTrio> {
  const settings = settingsOf(options)
  const program = findRedisServer()
  for (let attempt = 1; ; attempt++) {
    const deployment = await layOut(program, settings)
    try {
      await start(deployment)
      return createTrio(deployment)
    } catch (error) {
      const logs = logTails(deployment)
      await deployment.end()
      if (error instanceof PortTakenError && attempt < ATTEMPTS) continue
      throw new Error(`The Sentinel deployment did not start. ${(error as Error).message}\n${logs}`, { cause: error })
    }
  }
}

/** In this order nobody has to try twice: most retries of Redis take a second. */
async function start(deployment: Deployment): Promise<void> {
  const [primary, ...replicas] = deployment.data
  await primary.start()
  await Promise.all(replicas.map(replica => replica.start()))
  await until('the replicas', START_TIMEOUT_MS, () => requireReplication(primary, deployment.data))
  await Promise.all(deployment.sentinels.map(sentinel => sentinel.start()))
  await until('the sentinels to agree', START_TIMEOUT_MS, () => requireAgreement(deployment))
}

function logTails({ data, sentinels }: Deployment): string {
  return [...data, ...sentinels].map(each => `--- ${each.node.port}\n${each.logTail()}`).join('\n')
}
