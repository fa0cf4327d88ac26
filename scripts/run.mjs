/** One command from a fresh clone: `node scripts/run.mjs <task>` gets what is missing, says so, and runs the task. */
import { join } from 'node:path'
import { install, installWhenNeeded, providePnpm, requireNode, root } from './bootstrap.mjs'
import { runChild, stoppedBy } from './child.mjs'
import { provideGo } from './go.mjs'
import { ensureRedisServer } from './redis-server.mjs'

const turbo = (...tasks) => ['turbo', 'run', ...tasks, '--output-logs=errors-only']

const CHECKS = {
  'types, build, packages': turbo('typecheck', 'build', 'check:package', '--continue=dependencies-successful'),
  'lint and format': ['biome', 'check', '.'],
  'import rules': ['node', 'scripts/check-imports.mjs'],
}

const TASKS = {
  build: () => exec(turbo('build')),
  format: () => exec(['biome', 'check', '--write', '.']),
  async check() {
    const failed = await runChecks()
    console.log(failed.length === 0 ? 'All checks passed.' : `Failed: ${failed.join('; ')}`)
    return failed.length === 0 ? 0 : 1
  },
  async test(...args) {
    provideRedis()
    const failed = await runChecks()
    if (stoppedBy) return 1
    return exec(['vitest', 'run', ...args], { FAILED_CHECKS: failed.join(';') })
  },
  async runtimes() {
    provideRedis()
    await install('./runtimes')
    const code = await exec(turbo('build'))
    if (code !== 0 || stoppedBy) return code
    return runChild(process.execPath, [join(root, 'runtimes/run.mjs')], { cwd: root, shell: false })
  },
  async go() {
    const go = provideGo()
    if (go === null) return 0
    return exec(['vitest', 'run', '--project', 'go'], { GO_BIN: go })
  },
  async start(...args) {
    provideRedis()
    const code = await exec(turbo('build'))
    if (code !== 0 || stoppedBy) return code
    return runChild(process.execPath, [join(root, 'examples/demo/main.mjs'), ...args], { cwd: root, shell: false })
  },
}

function exec(command, env = {}) {
  return runChild('pnpm', ['exec', ...command], { cwd: root, env: { ...process.env, ...env }, group: true })
}

async function runChecks() {
  const failed = []
  for (const [name, command] of Object.entries(CHECKS)) {
    if (stoppedBy) break
    console.log(`\nCheck: ${name}`)
    if ((await exec(command)) !== 0) failed.push(name)
  }
  return failed
}

function provideRedis() {
  const server = ensureRedisServer()
  if (server !== null) process.env.REDIS_SERVER_BIN = server
}

requireNode()
const [task, ...args] = process.argv.slice(2)
if (task === undefined) {
  console.error(`Usage: node scripts/run.mjs <${Object.keys(TASKS).join(' | ')} | any program of node_modules/.bin>`)
  process.exit(1)
}
process.env.TURBO_TELEMETRY_DISABLED = '1'
providePnpm()
await installWhenNeeded()
process.exitCode = stoppedBy ? 1 : await (TASKS[task] ?? (() => exec([task, ...args])))(...args)
