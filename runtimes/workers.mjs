/** Workers on workerd, on a real Sentinel deployment: by way of a gateway, and with ioredis. A primary that dies, and how long a request takes. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serve } from '@hono/node-server'
import { createGateway } from '@sentinel-session/gateway'
import { redisBackend } from '@sentinel-session/redis'
import { startSentinel } from '@sentinel-session/testing/sentinel'
import { rolldown } from 'rolldown'
import { freePort, outcome } from './servers.mjs'

const here = name => fileURLToPath(new URL(name, import.meta.url))

export const WORKERS = ['gateway', 'ioredis']

const KEY = 'k'.repeat(32)
const REQUESTS = 200

/** For each Worker: `ok` or what went wrong, and what a request that reads and writes takes: milliseconds, and of those of the processor. */
export async function runWorkers(program) {
  for (const name of WORKERS) await bundleWorker(name)
  const trio = await startSentinel()
  const backend = redisBackend({ savePath: trio.savePath })
  const gateway = await listen(createGateway(backend, { keys: [KEY] }))
  const rows = []
  try {
    for (const name of WORKERS) {
      const env = { SAVE_PATH: trio.savePath, GATEWAY_KEY: KEY, GATEWAY_URL: gateway.url }
      const worker = await start(program, name, env)
      try {
        rows.push({ name, ...(await visitWorker(worker, trio)) })
      } finally {
        await worker.end()
      }
      await trio.settled()
    }
  } finally {
    gateway.close()
    await backend.close()
    await trio.stop()
  }
  return rows
}

async function visitWorker({ origin, cpuMs }, trio) {
  let times = []
  let cpu = 0
  const result = await outcome(async () => {
    const ask = askerOf(origin)
    await ask('GET', '/', { user: null, views: 1 })
    await ask('POST', '/login')
    await ask('GET', '/', { user: 'ada', views: 2 })
    const stranger = askerOf(origin)
    await stranger('GET', '/', { user: null, views: 1 })
    await Promise.all(Array.from({ length: 10 }, () => ask('GET', '/')))
    await ask('GET', '/', { user: 'ada', views: 13 })
    const before = cpuMs()
    for (let i = 0; i < REQUESTS; i++) {
      const began = performance.now()
      await ask('GET', '/')
      times.push(performance.now() - began)
    }
    cpu = (cpuMs() - before) / REQUESTS
    const dead = await trio.killPrimary()
    await ask('GET', '/', { user: 'ada', views: 14 + REQUESTS })
    await trio.restart(dead)
    await ask('POST', '/logout', { user: null })
    await ask('GET', '/', { user: null, views: 1 })
  })
  times = times.sort((a, b) => a - b)
  return { result, medianMs: times[Math.floor(times.length / 2)] ?? Number.NaN, cpuMs: cpu }
}

/** A browser with one cookie. Throws when the answer is not the expected one. */
function askerOf(origin) {
  let cookie = ''
  return async (method, path, expected) => {
    const response = await fetch(origin + path, { method, headers: { cookie }, redirect: 'manual' })
    const [set] = response.headers.getSetCookie()
    if (set !== undefined) cookie = set.split(';')[0]
    const text = await response.text()
    const isRight = expected === undefined ? response.status < 400 : text === JSON.stringify(expected)
    if (!isRight) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`)
  }
}

async function start(program, name, env) {
  const port = await freePort()
  const args = ['serve', here('workers.capnp'), name, `--socket-addr=http=127.0.0.1:${port}`]
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit'] })
  const closed = new Promise(resolve => child.once('close', resolve))
  const origin = `http://localhost:${port}`
  await until(() => fetch(`${origin}/nothing`), closed)
  return {
    origin,
    cpuMs: () => cpuMsOf(child.pid),
    async end() {
      child.kill('SIGKILL')
      await closed
    },
  }
}

/** User and system time so far, where the system tells it: in hundredths of a second, on Linux. */
function cpuMsOf(pid) {
  if (process.platform !== 'linux') return Number.NaN
  const [, fields] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')
  const [user, system] = fields.split(' ').slice(11, 13).map(Number)
  return (user + system) * 10
}

/** Until it does not throw any more; rejects when the program has ended. */
async function until(attempt, closed) {
  let hasEnded = false
  void closed.then(() => (hasEnded = true))
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (hasEnded) throw new Error('workerd ended', { cause: error })
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
}

function listen(handler) {
  return new Promise(resolve => {
    const server = serve({ fetch: handler, hostname: '127.0.0.1', port: 0 }, ({ port }) =>
      resolve({ url: `http://127.0.0.1:${port}/`, close: () => server.closeAllConnections?.() ?? server.close() }),
    )
  })
}

const SOURCES = here('../packages')
const ALIAS = Object.fromEntries(
  ['core/index', 'core/internal', 'gateway/client', 'hono/edge', 'redis/index'].map(path => {
    const [name, file] = path.split('/')
    const specifier = `@sentinel-session/${name}${file === 'index' ? '' : `/${file}`}`
    return [specifier, join(SOURCES, name, 'src', `${file}.ts`)]
  }),
)

/** What is required of Node is imported, as the bundler of Workers does it. */
const requiredModulesOfNode = {
  name: 'required modules of Node',
  resolveId(id, _, { kind }) {
    const name = id.replace(/^node:/, '')
    if (!builtinModules.includes(name)) return null
    return kind === 'require-call' ? `\0required:${name}` : { id: `node:${name}`, external: true }
  },
  load(id) {
    if (!id.startsWith('\0required:')) return null
    return `import all from 'node:${id.slice('\0required:'.length)}'\nexport { all as 'module.exports' }`
  },
}

/** What a project would deploy. */
async function bundleWorker(name) {
  const build = await rolldown({
    input: here(`worker-${name}.mjs`),
    platform: 'browser',
    resolve: { alias: ALIAS, mainFields: ['module', 'main'] },
    external: /^node:/,
    plugins: [requiredModulesOfNode],
    logLevel: 'silent',
  })
  try {
    await build.write({ file: here(`dist/worker-${name}.mjs`), format: 'esm', codeSplitting: false })
  } finally {
    await build.close()
  }
}
