import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync, utimesSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runChild } from './child.mjs'

export const root = fileURLToPath(new URL('..', import.meta.url))

const shell = process.platform === 'win32'
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const pin = packageManager.split('@')[1]

export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  console.error(`This needs Node >= 20.19; you run ${process.versions.node}.`)
  process.exit(1)
}

/** Puts the pinned pnpm first on PATH: turbo and publint start it by name. */
export function providePnpm() {
  if (output('pnpm', ['--version']) === pin) return
  console.log(`pnpm ${pin} is not on PATH: taking it through npx.`)
  const printPath = ['node', '-p', 'process.env.PATH']
  const path = output('npx', ['--yes', `--package=${packageManager}`, '--', ...printPath], 'inherit')
  const bin = path?.split(delimiter).find(folder => existsSync(join(folder, shell ? 'pnpm.cmd' : 'pnpm')))
  if (bin === undefined) {
    console.error(`Could not get pnpm ${pin} through npx. Is the npm registry within reach?`)
    process.exit(1)
  }
  process.env.PATH = bin + delimiter + process.env.PATH
}

export async function installWhenNeeded() {
  const installed = join(root, 'node_modules/.modules.yaml')
  if (existsSync(installed) && modified(installed) >= modified(join(root, 'pnpm-lock.yaml'))) return
  await install('!./runtimes')
  const now = new Date()
  utimesSync(installed, now, now)
}

/** Bun, Deno and workerd are large, and only `npm run test:runtimes` needs them. */
export async function install(project) {
  const command = ['install', '--frozen-lockfile', '--filter', project]
  console.log(`Installing dependencies (pnpm ${command.join(' ')}).`)
  const code = await runChild('pnpm', command, { cwd: root, group: true })
  if (code !== 0) process.exit(code)
}

const modified = file => statSync(file).mtimeMs

function output(command, args, stderr = 'ignore') {
  const { status, stdout } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    shell,
    stdio: ['ignore', 'pipe', stderr],
  })
  return status === 0 ? stdout.trim() : undefined
}
