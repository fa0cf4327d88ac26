import { spawn } from 'node:child_process'
import { constants } from 'node:os'

const windows = process.platform === 'win32'
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP']
const REPEAT_MS = 500
const PARENT_CHECK_MS = 500

const parent = process.ppid

/** The signal that was passed on to a child, if any: no further stage should start. */
export let stoppedBy

/**
 * Runs a program and resolves to its exit code. The child has its own process group, so that one Ctrl-C, which both the
 * terminal and npm send to this process, reaches it once; `group` sends it to the children of the child as well. A SIGTERM
 * to npm ends only the shell between npm and this process, which is why the parent is watched.
 */
export function runChild(command, args, { group = false, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', detached: !windows, shell: windows, ...options })
    let lastForward = 0
    const forward = signal => {
      const now = Date.now()
      if (signal === stoppedBy && now - lastForward < REPEAT_MS) return
      lastForward = now
      stoppedBy = signal
      try {
        process.kill(group && !windows ? -child.pid : child.pid, signal)
      } catch (error) {
        if (error.code !== 'ESRCH') throw error
      }
    }
    const endWithParent = () => {
      if (process.ppid === parent) return
      clearInterval(parentWatch)
      forward('SIGTERM')
    }
    const parentWatch = process.env.npm_lifecycle_event ? setInterval(endWithParent, PARENT_CHECK_MS) : undefined
    const settle = () => {
      clearInterval(parentWatch)
      for (const signal of FORWARDED) process.off(signal, forward)
    }
    for (const signal of FORWARDED) process.on(signal, forward)
    child.once('error', error => {
      settle()
      reject(error)
    })
    child.once('exit', (code, signal) => {
      settle()
      resolve(code ?? 128 + constants.signals[signal])
    })
  })
}
