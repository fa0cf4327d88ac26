/** `node main.mjs` as its user starts it, on a free port. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('../..', import.meta.url))

export interface Demo {
  origin: string
  output(): string
  /** Of the Redis processes, as the page shows them. */
  redisPids(): Promise<number[]>
  /** Sends a signal; the exit code, or the name of the signal that ended it. */
  end(signal?: NodeJS.Signals): Promise<number | string>
}

export async function startDemo(env: Record<string, string | undefined> = {}): Promise<Demo> {
  const child = spawn(process.execPath, ['main.mjs'], { cwd: FOLDER, env: { ...process.env, PORT: '0', ...env } })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (printed += text))
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  const origin = await originOf(child, () => printed)

  return {
    origin,
    output: () => printed,
    async redisPids() {
      const status = await (await fetch(`${origin}/status`)).text()
      return [...status.matchAll(/<td>(\d+)<\/td><\/tr>/g)].map(([, pid]) => Number(pid))
    },
    async end(signal = 'SIGINT') {
      child.kill(signal)
      const [code, by] = await ended
      return code ?? by!
    },
  }
}

function originOf(child: ChildProcess, printed: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout!.on('data', () => {
      const origin = /http:\/\/localhost:\d+/.exec(printed())?.[0]
      if (origin !== undefined) resolve(origin)
    })
    child.once('exit', () => reject(new Error(`The demo ended before it listened:\n${printed()}`)))
  })
}

export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
