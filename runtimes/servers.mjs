/** Real servers on every runtime: each example, on a real Sentinel deployment, one session on all of them, and a primary that dies. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { startSentinel } from '@sentinel-session/testing/sentinel'

const here = name => fileURLToPath(new URL(name, import.meta.url))

/** In the order of the table. */
export const EXAMPLES = ['koa', 'hono', 'express', 'fastify', 'fetch'].filter(name =>
  existsSync(here(`../examples/${name}`)),
)

const START_MS = 60_000

/** What became of each example on a runtime: `ok`, or what went wrong. */
export async function serveOn({ program, argsFor }) {
  const trio = await startSentinel()
  const servers = []
  try {
    for (const name of EXAMPLES) servers.push(await start(name, program, argsFor(name), trio.savePath))
    const results = await Promise.all(
      servers.map(async server => [server.name, await outcome(() => visit(server, servers))]),
    )
    const cookies = await Promise.all(servers.map(server => outcome(() => logIn(server))))
    await trio.killPrimary()
    const afterwards = await Promise.all(servers.map((server, n) => outcome(() => stillThere(server, cookies[n]))))
    return Object.fromEntries(results.map(([name, result], n) => [name, result !== 'ok' ? result : afterwards[n]]))
  } finally {
    await Promise.all(servers.map(server => server.end()))
    await trio.stop()
  }
}

/** `ok`, or what it resolved to, or what it threw. */
export async function outcome(work) {
  try {
    return (await work()) ?? 'ok'
  } catch (error) {
    return String(error.message)
  }
}

async function start(name, program, args, savePath) {
  const port = await freePort()
  const child = spawn(program, args, {
    cwd: here(`../examples/${name}`),
    env: { ...process.env, SAVE_PATH: savePath, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const closed = new Promise(resolve => child.once('close', resolve))
  let text = ''
  const began = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${name} did not start: ${text.slice(-500)}`)), START_MS)
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', chunk => {
        text += chunk
        if (!text.includes(`http://localhost:${port}`)) return
        clearTimeout(timer)
        resolve()
      })
    }
    child.once('error', reject)
    void closed.then(code => reject(new Error(`${name} ended with ${code}: ${text.slice(-500)}`)))
  })
  const end = async () => {
    child.kill('SIGKILL')
    await closed
  }
  // Whoever waits for the start gets its error; it must not end this process when nobody does yet.
  began.catch(() => undefined)
  return { name, origin: `http://localhost:${port}`, began, end }
}

async function visit(server, servers) {
  await Promise.all(servers.map(({ began }) => began))
  const first = await ask(server, 'GET', '/')
  expectBody(first, { views: 1 })
  expectBody(await ask(server, 'GET', '/', first.cookie), { views: 2 })
  const login = await ask(server, 'POST', '/login', first.cookie)
  if (login.status !== 302 || login.cookie === first.cookie) throw new Error(`login: ${login.status}, ${login.cookie}`)
  let views = 2
  for (const other of servers) {
    views += 1
    expectBody(await ask(other, 'GET', '/', login.cookie), { user: 'ada', views })
  }
  expectBody(await ask(server, 'POST', '/logout', login.cookie), { user: null })
  for (const other of servers) expectBody(await ask(other, 'GET', '/', login.cookie), { views: 1 })
}

async function logIn(server) {
  const { cookie } = await ask(server, 'POST', '/login')
  return cookie
}

async function stillThere(server, cookie) {
  expectBody(await ask(server, 'GET', '/', cookie), { user: 'ada', views: 1 })
}

async function ask({ name, origin }, method, path, cookie) {
  const headers = cookie === undefined ? {} : { cookie }
  const response = await fetch(origin + path, { method, headers, redirect: 'manual' })
  const [set] = response.headers.getSetCookie()
  return { name, status: response.status, cookie: set?.split(';')[0], text: await response.text() }
}

function expectBody({ name, status, text }, expected) {
  const wanted = JSON.stringify(expected)
  if (status !== 200 || sorted(text) !== sorted(wanted))
    throw new Error(`${name}: ${wanted} was due, not ${status} ${text}`)
}

function sorted(text) {
  try {
    return JSON.stringify(Object.entries(JSON.parse(text)).sort())
  } catch {
    return text
  }
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
