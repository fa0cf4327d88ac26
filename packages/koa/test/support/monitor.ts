/** The commands that clients send to a node, but for those of replication and of Sentinel. */
import { Redis } from 'ioredis'

const OURS = ['get', 'pttl', 'evalsha', 'eval', 'wait', 'set', 'del']

export interface Monitor {
  /** Runs something and gives the names of the commands sent meanwhile. */
  during(work: () => Promise<unknown>): Promise<string[]>
  stop(): void
}

export async function monitor(port: number): Promise<Monitor> {
  const redis = new Redis(port, '127.0.0.1', { retryStrategy: () => null })
  const stream = await redis.monitor()
  // The node may be killed meanwhile.
  for (const client of [redis, stream]) client.on('error', () => undefined)
  let seen: string[] = []
  let fences = 0
  let passed: (() => void) | undefined
  stream.on('monitor', (_time: string, args: string[], source: string) => {
    const name = args[0]!.toLowerCase()
    if (name === 'echo' && args[1] === `fence-${fences}`) passed?.()
    else if (source !== 'lua' && OURS.includes(name)) seen.push(name)
  })

  /** Resolves when the stream has shown all that was sent until now. */
  const fence = async (): Promise<void> => {
    fences += 1
    const shown = new Promise<void>(resolve => {
      passed = resolve
    })
    await redis.echo(`fence-${fences}`)
    await shown
  }

  return {
    async during(work) {
      await fence()
      seen = []
      await work()
      await fence()
      return seen
    },
    stop() {
      redis.disconnect()
      stream.disconnect()
    },
  }
}
