/** Starts `server.mjs` on the built packages. */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface ServerProcess {
  origin: string
  stop(): Promise<number | null>
}

export async function startServerProcess(sessionOptions: object): Promise<ServerProcess> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('server.mjs', import.meta.url))], {
    env: { ...process.env, SESSION_OPTIONS: JSON.stringify(sessionOptions) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    return { origin: `http://localhost:${await firstLine(child)}`, stop: () => stop(child) }
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout!.once('data', (line: Buffer) => resolve(line.toString().trim()))
    child.once('exit', code => reject(new Error(`The server process ended with ${code}.`)))
  })
}

function stop(child: ChildProcess): Promise<number | null> {
  return new Promise(resolve => {
    if (child.exitCode !== null) return resolve(child.exitCode)
    const timer = setTimeout(() => child.kill('SIGKILL'), 6000)
    child.once('exit', code => {
      clearTimeout(timer)
      resolve(code)
    })
    child.kill('SIGTERM')
  })
}
