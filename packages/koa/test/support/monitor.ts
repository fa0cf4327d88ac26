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
  stream.on('monitor', (_time: string, args: string[], source: string) => {
    const name = args[0]!.toLowerCase()
    if (source !== 'lua' && OURS.includes(name)) seen.push(name)
  })
  return {
    async during(work) {
      seen = []
      await work()
      await new Promise(resolve => setTimeout(resolve, 50))
      return seen
    },
    stop() {
      redis.disconnect()
      stream.disconnect()
    },
  }
}
