/** Finds redis-server or valkey-server for the tests and the demo, or installs it without starting a daemon. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const CACHE = fileURLToPath(new URL('../node_modules/.cache/redis-server', import.meta.url))
const HOME_CACHE = join(homedir(), '.cache/redis-server')
const NAMES = ['redis-server', 'valkey-server']

/** The path of a server that runs here, or null. Installs nothing. */
export function findRedisServer() {
  const given = process.env.REDIS_SERVER_BIN
  if (given) return runs(given) ? given : null
  const folders = [...(process.env.PATH ?? '').split(delimiter), CACHE, HOME_CACHE].filter(Boolean)
  return folders.flatMap(folder => NAMES.map(name => join(folder, name))).find(runs) ?? null
}

/** As findRedisServer, but installs one where it can; null comes with a printed reason. */
export function ensureRedisServer() {
  const found = findRedisServer()
  if (found !== null) return found
  if (process.env.REDIS_SERVER_BIN) {
    return refuse(`REDIS_SERVER_BIN=${process.env.REDIS_SERVER_BIN} is not a Redis or Valkey server that runs here.`)
  }
  if (process.platform === 'darwin') return refuse('Install one with: brew install redis')
  const server = linkCheckTool()
  if (server !== null) return server
  if (!has('apt-get')) return refuse('Install Redis or Valkey with the package manager of your system.')
  return isRoot() ? installAsRoot() : extractAsUser()
}

/** Debian's redis-tools holds the server under the name redis-check-rdb, and no service: it acts by the name it is called. */
function linkCheckTool() {
  const program = which('redis-check-rdb')
  if (program === undefined) return null
  const server = link(program, join(CACHE, 'redis-server'))
  return runs(server) ? server : null
}

function installAsRoot() {
  log('No redis-server here: installing the Debian package redis-tools (it starts no service).')
  if (!apt('update', '-qq')) return refuse('apt-get update failed: are the package sources within reach?')
  if (!apt('install', '-y', '-qq', '--no-install-recommends', 'redis-tools')) {
    return refuse('apt-get install redis-tools failed; its output is above.')
  }
  return linkCheckTool() ?? extractAsUser()
}

function extractAsUser() {
  log('No redis-server here: unpacking the Debian package redis-tools into node_modules/.cache (nothing is installed).')
  if (!has('dpkg')) return refuse('dpkg is missing. Install Redis or Valkey, or name one by REDIS_SERVER_BIN.')
  const packages = ['redis-tools', ...librariesOf('redis-tools')]
  const downloads = join(CACHE, 'deb')
  mkdirSync(downloads, { recursive: true })
  if (!run('apt-get', ['download', '-qq', ...packages], { cwd: downloads })) {
    return refuse(
      'apt-get download failed. The package lists may be missing: run "apt-get update" as root, then again.',
    )
  }
  const tree = join(CACHE, 'tree')
  for (const file of readdirSync(downloads)) run('dpkg', ['-x', join(downloads, file), tree])
  rmSync(downloads, { recursive: true })
  const program = join(tree, 'usr/bin/redis-check-rdb')
  if (!existsSync(program)) return refuse('The package redis-tools of this system holds no server program.')
  link(program, join(tree, 'redis-server'))
  const server = join(CACHE, 'redis-server')
  const libraries = readdirSync(join(tree, 'usr/lib')).map(folder => join(tree, 'usr/lib', folder))
  writeFileSync(server, wrapper(join(tree, 'redis-server'), libraries.join(':')), { mode: 0o755 })
  return runs(server) ? server : refuse('The unpacked server does not start here.')
}

const wrapper = (program, libraries) => `#!/bin/sh
LD_LIBRARY_PATH="${libraries}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" exec "${program}" "$@"
`

function librariesOf(name) {
  const { stdout } = spawnSync('apt-cache', ['depends', name], { encoding: 'utf8' })
  const depends = [...(stdout ?? '').matchAll(/^ {2}Depends: (lib\S+)$/gm)].map(match => match[1])
  return depends.filter(library => library !== 'libc6')
}

function link(program, path) {
  mkdirSync(join(path, '..'), { recursive: true })
  rmSync(path, { force: true })
  symlinkSync(program, path)
  return path
}

function runs(program) {
  if (!existsSync(program)) return false
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' })
  return status === 0 && /(Redis|Valkey) server/i.test(stdout)
}

function which(name) {
  const paths = (process.env.PATH ?? '').split(delimiter).map(folder => join(folder, name))
  return paths.find(path => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

const has = name => which(name) !== undefined
const isRoot = () => process.getuid?.() === 0
const apt = (...args) => run('apt-get', args)

function run(command, args, options) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', env, ...options })
  if (status !== 0) log([error?.message, stdout, stderr].filter(Boolean).join('\n'))
  return status === 0
}

/** To stderr: stdout holds the path only. */
const log = text => console.error(text)

function refuse(reason) {
  log(`No redis-server: ${reason}`)
  return null
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = ensureRedisServer()
  if (server === null) process.exitCode = 1
  else console.log(server)
}
