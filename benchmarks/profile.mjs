/** Where a request's time goes: the profile of one contestant under one workload, as self time per request of functions and of files. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startContestant } from './compare/contestant.mjs'
import { redisStats } from './compare/redis-stats.mjs'
import { WORKLOADS } from './compare/workloads.mjs'
import { markdownTable } from './markdown-table.mjs'
import { startSteadySentinel } from './steady-sentinel.mjs'

const { values: options } = parseArgs({
  options: {
    framework: { type: 'string', default: 'koa' },
    kind: { type: 'string', default: 'ours' },
    workload: { type: 'string', default: 'write' },
    seconds: { type: 'string', default: '5' },
    top: { type: 'string', default: '40' },
  },
})
const workload = WORKLOADS.find(({ name }) => name === options.workload)
const folder = mkdtempSync(join(tmpdir(), 'profile-'))
const trio = await startSteadySentinel()
const redis = await redisStats(await trio.currentPrimary())
try {
  const deployment = { sentinels: trio.sentinels, masterName: trio.masterName }
  const contestant = await startContestant(options.framework, options.kind, deployment, {
    execArgv: ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=200'],
  })
  const slice = await contestant.slice(workload, { concurrency: 64, ms: Number(options.seconds) * 1000, redis })
  await contestant.leave()
  const [file] = readdirSync(folder)
  print(slice, JSON.parse(readFileSync(join(folder, file), 'utf8')))
} finally {
  redis.close()
  await trio.stop()
  rmSync(folder, { recursive: true })
}

/** Shares of all samples that are not idle, scaled to what a request cost. */
function print({ cpuUs }, { nodes, samples, timeDeltas }) {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const [functions, files] = [new Map(), new Map()]
  let total = 0
  for (const [index, id] of samples.entries()) {
    const { functionName, url, lineNumber } = frames.get(id)
    if (functionName === '(idle)' || functionName === '(program)') continue
    total += timeDeltas[index]
    const file = url.replace(/^.*\/node_modules\//, '').replace(/^.*\/packages\//, '') || '(native)'
    add(files, file, timeDeltas[index])
    add(functions, `${functionName || '(anonymous)'} ${file}:${lineNumber + 1}`, timeDeltas[index])
  }
  console.log(`${options.framework}, ${options.kind}, ${options.workload}: ${cpuUs.toFixed(1)} us per request\n`)
  for (const [name, sums] of [
    ['file', files],
    ['function', functions],
  ]) {
    const rows = [...sums].sort((a, b) => b[1] - a[1]).slice(0, Number(options.top))
    const shown = rows.map(([key, us]) => [
      key,
      ((us / total) * cpuUs).toFixed(1),
      `${((us / total) * 100).toFixed(1)} %`,
    ])
    console.log(`${markdownTable([name, 'us', 'share'], shown)}\n`)
  }
}

function add(sums, key, us) {
  sums.set(key, (sums.get(key) ?? 0) + us)
}
