/** One plain ioredis connection to one node. It belongs to that node for life: no reconnect, no queue, no replay. */
import type { ConnectionOptions } from 'node:tls'
import { Redis } from 'ioredis'
import type { Address } from './topology.ts'

export interface Login {
  /** Of RESP; 3, which Sentinels are listened to with. */
  protocol?: 2
  username?: string
  password?: string
  tls?: ConnectionOptions
  db?: number
}

/** Rejects with what the node, the network or TLS said, when it is not connected within the time. */
export async function connect(address: Address, login: Login, timeoutMs: number): Promise<Redis> {
  const redis = new Redis({
    ...login,
    ...address,
    lazyConnect: true,
    connectTimeout: timeoutMs,
    disconnectTimeout: 20,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    disableClientInfo: true,
  })
  let said: Error | undefined
  redis.on('error', error => {
    said = error
  })
  try {
    await within(timeoutMs, redis.connect())
    return redis
  } catch (error) {
    drop(redis)
    throw said ?? error
  }
}

/** Destroys the socket at once: nothing more reaches the node. */
export function drop(redis: Redis): void {
  redis.disconnect()
  redis.stream?.destroy()
}

/** Rejects when there is no answer in time; what it waited for goes on. */
export function within<X>(ms: number, work: Promise<X>): Promise<X> {
  return new Promise((resolve, reject) => {
    // A blocked event loop makes timers late: an answer that has arrived meanwhile is read first.
    const timer = setTimeout(() => setImmediate(() => reject(new Error('No answer in time'))), ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
