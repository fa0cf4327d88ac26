/** Ours and the limit in turns, reading and writing. */
import { startContestant } from '../compare/contestant.mjs'
import { LIMIT } from '../compare/contestants.mjs'
import { inTurns } from '../compare/in-turns.mjs'
import { measurementsOf } from './measurements.mjs'

/** Koa stands for all: what grows below it is the same. */
export const FRAMEWORK = 'koa'
const WARM_UP_MS = 1_000

/** Resolves to what `run` makes of them. */
export async function withPair(bench, options, run) {
  const pair = []
  try {
    for (const kind of [LIMIT, 'ours']) pair.push(await startContestant(FRAMEWORK, kind, bench.deployment, options))
    await warmUp(bench, pair)
    return await run(pair)
  } finally {
    await endAll(pair)
  }
}

/** Code that was never run is slow for a second or two. */
export async function warmUp(bench, contestants) {
  for (const contestant of contestants) {
    for (const workload of workloadsOn(500)) {
      await contestant.slice(workload, { concurrency: 64, ms: WARM_UP_MS, redis: bench.redis })
    }
  }
}

export async function endAll(contestants) {
  for (const contestant of contestants) await contestant.end()
}

/** `session` names one of SESSIONS. */
export const workloadsOn = session => [
  { name: 'read', method: 'GET', path: '/read', session },
  { name: 'write', method: 'POST', path: '/write', session },
]

/** All at once for `x`: every contestant, and both workloads. */
export async function measure(bench, contestants, session, about, concurrency = 64) {
  const measurements = []
  for (const workload of workloadsOn(session)) {
    const slices = await inTurns(contestants, workload, bench.rounds, { concurrency, ms: bench.ms, redis: bench.redis })
    measurements.push(...measurementsOf(slices, { ...about, workload: workload.name }))
  }
  return measurements
}
