/** `node chaos/run.mjs <contestant> <fault>`, or `node chaos/run.mjs all`: see the README. */
import { readdirSync } from 'node:fs'
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { runExperiment } from './experiment.mjs'
import { tableOf } from './table.mjs'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    users: { type: 'string', default: '30' },
    processes: { type: 'string', default: '2' },
    think: { type: 'string', default: '100' },
    runs: { type: 'string', default: '1' },
    options: { type: 'string', default: '{}' },
    json: { type: 'boolean', default: false },
  },
})
const contestants = choose(positionals[0], 'contestants')
const faults = choose(positionals[1] ?? (positionals[0] === 'all' ? 'all' : undefined), 'faults')
const settings = {
  users: whole('users'),
  processes: whole('processes'),
  thinkMs: whole('think'),
  options: parsed('options'),
}

const results = []
for (let time = 0; time < whole('runs'); time++) {
  for (const fault of faults) {
    for (const contestant of contestants) results.push(...(await runOne(contestant, fault)))
  }
}
const { users, processes, thinkMs, options } = settings
const of = Object.keys(options).length === 0 ? '' : ` Ours with ${JSON.stringify(options)}.`
console.log(
  values.json
    ? JSON.stringify({ settings, results }, null, 2)
    : `${processes} web processes, ${users} users, ${thinkMs} ms of thinking; Node ${process.version}.${of}\n\n${tableOf(results)}`,
)
if (results.length < whole('runs') * faults.length * contestants.length) process.exitCode = 1

/** No result when the run itself failed; the others are worth having. */
async function runOne(contestant, fault) {
  process.stderr.write(`${fault}, ${contestant} (load average ${loadavg()[0].toFixed(1)}) … `)
  try {
    const result = await runExperiment({ contestant, fault, ...settings })
    const { lost, duplicated, resurrected, sessionsLost } = result.ledger
    console.error(`${lost} lost, ${duplicated} duplicated, ${resurrected} resurrected, ${sessionsLost} sessions lost`)
    return [result]
  } catch (error) {
    console.error(`failed: ${error.stack}`)
    return []
  }
}

/** One file of the folder, several with commas between, or all. */
function choose(wanted, folder) {
  const known = readdirSync(new URL(folder, import.meta.url)).map(file => file.replace(/\.mjs$/, ''))
  const chosen = wanted === 'all' ? known : (wanted ?? '').split(',')
  if (chosen.every(name => known.includes(name))) return chosen
  console.error(`Usage: node chaos/run.mjs <contestant> <fault>, or all. The ${folder}: ${known.join(', ')}.`)
  process.exit(2)
}

function parsed(name) {
  try {
    return JSON.parse(values[name])
  } catch (error) {
    console.error(`--${name} must be JSON: ${error.message}`)
    process.exit(2)
  }
}

function whole(name) {
  const value = Number(values[name])
  if (Number.isInteger(value) && value > 0) return value
  console.error(`--${name} must be a whole number above 0.`)
  process.exit(2)
}
