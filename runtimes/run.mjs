/** Runs the unit tests of core, real servers and Workers, on every runtime that is there, and prints a table of each. Fails when one of them fails. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { bundleTests, LEFT_OUT } from './bundle-tests.mjs'
import { RUNTIMES, SERVING } from './runtimes.mjs'
import { EXAMPLES, serveOn } from './servers.mjs'
import { printTable } from './table.mjs'
import { runWorkers } from './workers.mjs'

const TIMEOUT_MS = 300_000

/** What a program printed; it is killed when it takes too long. */
function output(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', chunk => (text += chunk))
    child.once('error', reject)
    child.once('close', () => resolve(text))
  })
}

async function runOn({ name, program, args, known }) {
  if (program === null) return { name, version: 'not to be had here', problems: [] }
  const [version = '?'] = (await output(program, ['--version'])).match(/\d+[.-][\d.-]+/) ?? []
  const began = performance.now()
  const text = await output(program, args)
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  const [, json] = text.match(/^RESULT (.*)$/m) ?? []
  if (json === undefined) return { name, version, seconds, problems: [`It did not finish: ${text.slice(-2000)}`] }
  const results = Object.entries(JSON.parse(json))
  const failed = results.flatMap(([file, { failed }]) =>
    failed.map(({ title, error }) => `${file}: ${title}\n${error}`),
  )
  const reasonOf = failure => known.find(([pattern]) => pattern.test(failure))?.[1]
  return {
    name,
    version,
    seconds,
    files: results.length,
    passed: results.reduce((sum, [, { passed }]) => sum + passed, 0),
    differs: counted(failed.map(reasonOf).filter(reason => reason !== undefined)),
    problems: failed.filter(failure => reasonOf(failure) === undefined),
  }
}

/** `3: the reason`, each reason once. */
function counted(reasons) {
  return [...new Set(reasons)].map(reason => `${reasons.filter(each => each === reason).length}: ${reason}`)
}

const rowOf = ({ name, version, files = '-', passed = '-', problems, seconds = '-', differs = [] }) => [
  name,
  version,
  files,
  passed,
  problems.length,
  seconds,
  differs.join('; '),
]

/** One after the other: a server that waits for a machine is no slow server. */
async function serveOnAll() {
  const rows = []
  for (const runtime of SERVING) {
    if (runtime.program === null) continue
    const began = performance.now()
    const results = await serveOn(runtime).catch(error => ({ problem: error.message }))
    const cells = EXAMPLES.map(example => results[example] ?? results.problem ?? 'no answer')
    rows.push({ name: runtime.name, cells, seconds: ((performance.now() - began) / 1000).toFixed(1) })
  }
  return rows
}

await bundleTests(fileURLToPath(new URL('dist', import.meta.url)))
const waiting = [...RUNTIMES]
const rows = []
const worker = async () => {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) rows.push(await runOn(next))
}
await Promise.all([worker(), worker()])
rows.sort(
  (a, b) => RUNTIMES.findIndex(({ name }) => name === a.name) - RUNTIMES.findIndex(({ name }) => name === b.name),
)
for (const { name, problems } of rows) for (const problem of problems) console.error(`\n${name}: ${problem}`)
console.log('\nUnit tests of core, and the contract of a backend:\n')
printTable([['runtime', 'version', 'files', 'passed', 'failed', 'seconds', 'known to differ'], ...rows.map(rowOf)])
for (const [file, reason] of Object.entries(LEFT_OUT)) console.log(`Only on Node, by vitest: ${file} ${reason}.`)

const served = await serveOnAll()
console.log('\nReal servers on a real Sentinel deployment, one session on all of them, and a primary that dies:\n')
printTable([
  ['runtime', ...EXAMPLES, 'seconds'],
  ...served.map(({ name, cells, seconds }) => [name, ...cells.map(cell => (cell === 'ok' ? cell : 'FAILED')), seconds]),
])

const { program: workerd } = RUNTIMES.find(({ name }) => name === 'workerd')
const failed = error => [{ name: 'either', result: error.message, medianMs: Number.NaN, cpuMs: Number.NaN }]
const workers = workerd === null ? [] : await runWorkers(workerd).catch(failed)
const ms = number => number.toFixed(1)
console.log('\nWorkers on workerd, by way of a gateway and with ioredis, and a primary that dies:\n')
printTable([
  ['sessions by', 'works', 'ms', 'ms of CPU'],
  ...workers.map(({ name, result, medianMs, cpuMs }) => [
    name,
    result === 'ok' ? result : 'FAILED',
    ms(medianMs),
    ms(cpuMs),
  ]),
])
const failures = [
  ...served.flatMap(({ name, cells }) =>
    cells.flatMap((cell, n) => (cell === 'ok' ? [] : `${name}, ${EXAMPLES[n]}: ${cell}`)),
  ),
  ...workers.flatMap(({ name, result }) => (result === 'ok' ? [] : `workerd, ${name}: ${result}`)),
]
for (const failure of failures) console.error(failure)
process.exitCode = failures.length > 0 || rows.some(({ problems }) => problems.length > 0) ? 1 : 0
