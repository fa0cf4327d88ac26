/** One web server of a contestant, as a process. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const START_TIMEOUT_MS = 20_000

/** Resolves when it listens. */
export async function startWebProcess(contestant, deployment) {
  const program = fileURLToPath(new URL(`contestants/${contestant}.mjs`, import.meta.url))
  const env = { ...process.env, DEPLOYMENT: JSON.stringify(deployment) }
  const child = spawn(process.execPath, [program], { env, stdio: ['pipe', 'pipe', 'pipe'] })
  let isKilled = false
  let complaints = ''
  child.stdin.on('error', () => undefined)
  child.stderr.setEncoding('utf8').on('data', text => {
    complaints = (complaints + text).slice(-2000)
  })
  const gone = once(child, 'close')
  async function kill() {
    isKilled = true
    child.kill('SIGKILL')
    await gone
  }
  const port = await new Promise((resolve, reject) => {
    const fail = why => reject(new Error(`${contestant} ${why}:\n${complaints}`))
    setTimeout(fail, START_TIMEOUT_MS, 'did not start').unref()
    child.once('close', () => fail('ended at once'))
    child.stdout.setEncoding('utf8').once('data', line => resolve(Number(line)))
  }).catch(async error => {
    await kill()
    throw error
  })
  return {
    port,
    kill,
    complaints: () => complaints,
    /** It ended, and nobody told it to. */
    hasCrashed: () => !isKilled && (child.exitCode !== null || child.signalCode !== null),
  }
}
