/** Runs a program in the folder of an example. */
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'

export interface Program {
  /** Rejects when the program ends without one. */
  firstLine: Promise<string>
  /** The exit code; null after a signal. */
  ended: Promise<number | null>
  /** All that it printed so far. */
  output(): string
  kill(): Promise<void>
  signal(name: NodeJS.Signals): void
}

export interface ProgramOptions {
  /** Of the example: there it finds the packages as a project finds what it has installed. */
  folder: string
  env?: Record<string, string>
  /** An ES module that goes in through stdin. */
  code?: string
  /** Node. */
  runtime?: string
}

export function startProgram(
  args: readonly string[],
  { folder, env = {}, code = '', runtime = process.execPath }: ProgramOptions,
): Program {
  const child = spawn(runtime, args, { cwd: folder, env: { ...process.env, ...env }, stdio: 'pipe' })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
  }
  child.stdin.on('error', () => undefined)
  child.stdin.end(code)
  const ended = new Promise<number | null>(resolve => child.once('close', resolve))
  const firstLine = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', () => printed.includes('\n') && resolve(printed.slice(0, printed.indexOf('\n'))))
    void ended.then(exit => reject(new Error(`The program ended with ${exit}:\n${printed}`)))
  })
  firstLine.catch(() => undefined)
  return {
    firstLine,
    ended,
    output: () => printed,
    signal: name => void child.kill(name),
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
