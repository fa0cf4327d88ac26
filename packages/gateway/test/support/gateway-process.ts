/** A gateway as a process of its own, on the built packages: it can be killed. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface GatewayProcess {
  url: string
  kill(): Promise<void>
}

const PROGRAM = `
import { serve } from '@hono/node-server'
import { createGateway } from '@sentinel-session/gateway'
import { redisBackend } from '@sentinel-session/redis'

const backend = redisBackend({ savePath: process.env.SAVE_PATH })
await backend.ready()
const gateway = createGateway(backend, { keys: [process.env.GATEWAY_KEY] })
serve({ fetch: gateway, hostname: '127.0.0.1', port: 0 }, ({ port }) => console.log('http://127.0.0.1:' + port + '/'))
`

export async function startGateway(savePath: string, key: string): Promise<GatewayProcess> {
  const cwd = fileURLToPath(new URL('../..', import.meta.url))
  const env = { ...process.env, SAVE_PATH: savePath, GATEWAY_KEY: key }
  const child = spawn(process.execPath, ['--input-type=module', '-'], { cwd, env, stdio: 'pipe' })
  child.stdin.end(PROGRAM)
  let printed = ''
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed += text
        const [line] = /^http:.*$/m.exec(printed) ?? []
        if (line !== undefined) resolve(line)
      })
    }
    void ended.then(() => reject(new Error(`The gateway ended:\n${printed}`)))
  })
  return {
    url,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
