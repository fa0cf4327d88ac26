/** One server process, known by its child handle, so that no signal ever reaches a stranger. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { RedisError, type Reply, send } from './resp.ts'
import type { TestNode } from './test-node.ts'
import { until } from './until.ts'

const START_TIMEOUT_MS = 10_000
const LOG_LINES = 12

export interface RedisProcess {
  readonly node: TestNode
  /** Its configuration and log, and its data in a folder within. */
  readonly folder: string
  readonly state: 'running' | 'paused' | 'ended'
  /** Resolves when the process that was started, and no other, answers at the port and has loaded its data. */
  start(): Promise<void>
  /** SIGKILL, which ends a paused process as well. Resolves when it is gone. */
  kill(): Promise<void>
  /** Kills it for good: it refuses to start again, so that a restart under way leaves no process behind. */
  retire(): Promise<void>
  /** The same without waiting, for the exit of this process. */
  killNow(): void
  /** SIGSTOP. */
  pause(): void
  /** SIGCONT. */
  resume(): void
  /** Rejects with a `RedisError` when the server refuses. */
  ask(command: readonly string[], timeoutMs?: number): Promise<Reply>
  /** The end of what it printed. */
  logTail(): string
}

export interface RedisProcessOptions {
  program: string
  args: readonly string[]
  folder: string
  host: string
  /** Where others find it. */
  port: number
  listenPort: number
  password: string | undefined
}

/** Another process was faster to take the port. */
export class PortTakenError extends Error {}

export function createRedisProcess(options: RedisProcessOptions): RedisProcess {
  const { program, args, folder, host, port, listenPort, password } = options
  const node: TestNode = { host, port, listenPort, pid: 0 }
  const logFile = join(folder, 'log')
  let child: ChildProcess | undefined
  let gone: Promise<void> = Promise.resolve()
  let state: RedisProcess['state'] = 'ended'
  let isRetired = false

  async function start(): Promise<void> {
    if (isRetired) throw new Error('The deployment is stopped.')
    if (state !== 'ended') throw new Error(`${host}:${port} is running already.`)
    launch()
    const what = `${host}:${port} to answer`
    const isUp = await until(what, START_TIMEOUT_MS, async () => {
      if (state === 'ended') return false
      const info = String(await ask(['INFO']))
      if (!info.includes(`process_id:${node.pid}\r\n`)) throw new Error('another process answers there')
      if (info.includes('\r\nloading:1\r\n')) throw new Error('it is still loading')
      return true
    })
    if (isUp) return
    const log = logTail()
    if (log.includes('Address already in use')) throw new PortTakenError(`${host}:${listenPort} is in use.`)
    throw new Error(`${program} ended at once:\n${log}`)
  }

  function launch(): void {
    const log = openSync(logFile, 'a')
    const started = spawn(program, args, { cwd: folder, stdio: ['ignore', log, log] })
    closeSync(log)
    // A forgotten deployment must not keep the test process alive.
    started.unref()
    child = started
    node.pid = started.pid ?? 0
    state = 'running'
    gone = new Promise(resolve => {
      const end = () => {
        state = 'ended'
        resolve()
      }
      started.once('exit', end)
      started.once('error', end)
    })
  }

  async function kill(): Promise<void> {
    child?.ref()
    killNow()
    await gone
  }

  function retire(): Promise<void> {
    isRetired = true
    return kill()
  }

  function killNow(): void {
    if (state !== 'ended') child?.kill('SIGKILL')
  }

  function signal(name: 'SIGSTOP' | 'SIGCONT', next: 'paused' | 'running'): void {
    if (state === 'ended' || !child?.kill(name)) throw new Error(`${host}:${port} is not running.`)
    state = next
  }

  async function ask(command: readonly string[], timeoutMs?: number): Promise<Reply> {
    const [reply = null] = await send({ host, port: listenPort }, [command], { password, timeoutMs })
    if (reply instanceof RedisError) throw reply
    return reply
  }

  function logTail(): string {
    try {
      return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-LOG_LINES).join('\n')
    } catch {
      return '(no log)'
    }
  }

  return {
    node,
    folder,
    get state() {
      return state
    },
    start,
    kill,
    retire,
    killNow,
    pause: () => signal('SIGSTOP', 'paused'),
    resume: () => signal('SIGCONT', 'running'),
    ask,
    logTail,
  }
}
