/** One run: a deployment, web processes under load, one fault, and the accounts afterwards. Nothing of it is left behind. */
import { setTimeout as sleep } from 'node:timers/promises'
import { balance } from './ledger.mjs'
import { startLoad } from './load.mjs'
import { readBack } from './read-back.mjs'
import { reportOf } from './report.mjs'
import { createClient } from './request.mjs'
import { startTopology } from './topology.mjs'
import { startWebProcess } from './web-process.mjs'

const QUIET_MS = 5000
const SETTLE_TIMEOUT_MS = 40_000
const RUN_TIMEOUT_MS = 180_000

/**
 * `options` go to ours only: to see what becomes of it without one of its rules.
 *
 * @param {{ contestant: string, fault: string, users: number, processes: number, thinkMs: number, options: object }} settings
 */
export async function runExperiment(settings) {
  const cleanups = []
  const timeout = AbortSignal.timeout(RUN_TIMEOUT_MS)
  const tooLate = new Promise((_, reject) => {
    timeout.addEventListener('abort', () => reject(new Error(`The run took longer than ${RUN_TIMEOUT_MS} ms.`)))
  })
  try {
    return await Promise.race([run(settings, cleanups), tooLate])
  } finally {
    for (const cleanup of cleanups.toReversed()) await cleanup()
  }
}

async function run({ contestant, fault, users, processes, thinkMs, options }, cleanups) {
  const { strike, restMs, proxied = false } = await import(`./faults/${fault}.mjs`)
  const topology = await startTopology({ proxied })
  cleanups.push(topology.stop)
  const { trio, clientLinks, switches } = topology
  const isOurs = contestant.startsWith('sentinel-session')
  const deployment = isOurs ? { ...topology.deployment, ...options } : topology.deployment

  const webs = []
  for (let started = 0; started < processes; started++) {
    const web = await startWebProcess(contestant, deployment)
    cleanups.push(web.kill)
    webs.push(web)
  }
  const client = createClient(webs.map(({ port }) => port))
  cleanups.push(client.close)

  const load = startLoad({ users, thinkMs, client })
  cleanups.push(load.abandon)
  await sleep(QUIET_MS)
  let struckAt
  const mark = () => {
    struckAt = performance.now()
  }
  await strike({ trio, webs, clientLinks, mark })
  await sleep(restMs)
  const endedAt = performance.now()
  await load.stop()

  const isSettled = await trio.settled({ timeoutMs: SETTLE_TIMEOUT_MS }).then(
    () => true,
    () => false,
  )
  const found = await readBack(load.entries, contestant, deployment)
  const ledger = balance(load.entries, found)
  return {
    contestant,
    fault,
    report: reportOf({ requests: load.requests, struckAt, endedAt, switches }),
    ledger: { ...ledger, lostBetween: ledger.lostBetween?.map(at => Math.round(at - struckAt)) },
    crashed: webs.filter(web => web.hasCrashed()).length,
    isSettled,
  }
}
