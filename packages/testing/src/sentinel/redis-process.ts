/** One server process, with a folder of its own, known by its pid. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whatever happens to the test process, no server outlives it. */
const running = new Set<RedisProcess>()
process.on('exit', () => {
  for (const server of running) server.kill()
})

export interface TestNode {
  host: string
  port: number
  pid: number
}

export class RedisProcess implements TestNode {
  readonly host = '127.0.0.1'
  readonly port: number
  readonly #folder = mkdtempSync(join(tmpdir(), 'sentinel-session-'))
  readonly #program: string
  readonly #mode: readonly string[]
  #child: ChildProcess | undefined
  #exited: Promise<void> = Promise.resolve()

  constructor(program: string, port: number, config: readonly string[], mode: readonly string[] = []) {
    this.#program = program
    this.#mode = mode
    this.port = port
    const lines = [
      `port ${port}`,
      'bind 127.0.0.1',
      'protected-mode no',
      'daemonize no',
      `dir "${this.#folder}"`,
      'logfile "server.log"',
    ]
    writeFileSync(this.#file('server.conf'), `${[...lines, ...config].join('\n')}\n`)
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  start(): void {
    const child = spawn(this.#program, [this.#file('server.conf'), ...this.#mode], {
      cwd: this.#folder,
      stdio: 'ignore',
    })
    this.#child = child
    running.add(this)
    this.#exited = new Promise(resolve => {
      child.once('exit', () => resolve())
      child.once('error', () => resolve())
    })
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name)
  }

  /** At once, also when it is paused. */
  kill(): void {
    this.#child?.kill('SIGKILL')
    running.delete(this)
  }

  async killed(): Promise<void> {
    this.kill()
    await this.#exited
  }

  /** Adds to its configuration; it counts from the next start. */
  configure(lines: readonly string[]): void {
    writeFileSync(this.#file('server.conf'), `${lines.join('\n')}\n`, { flag: 'a' })
  }

  forgetData(): void {
    for (const name of ['dump.rdb', 'appendonlydir']) rmSync(this.#file(name), { recursive: true, force: true })
  }

  log(): string {
    try {
      return readFileSync(this.#file('server.log'), 'utf8').split('\n').slice(-12).join('\n')
    } catch {
      return '(no log)'
    }
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #file(name: string): string {
    return join(this.#folder, name)
  }
}
