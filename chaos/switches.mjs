/** When the primary changed, by the word of the first sentinel to say so. */
import { Redis } from 'ioredis'

/** `seen` fills with `{ at, port }`; the same news from other sentinels is no second switch. */
export function watchSwitches(sentinels) {
  const seen = []
  const clients = sentinels.map(({ host, port }) => {
    const client = new Redis({ host, port, retryStrategy: () => 200 })
    client.on('error', () => undefined)
    client.on('message', (_channel, message) => {
      const newPort = Number(message.split(' ').at(-1))
      if (seen.at(-1)?.port !== newPort) seen.push({ at: performance.now(), port: newPort })
    })
    client.subscribe('+switch-master').catch(() => undefined)
    return client
  })
  return { seen, stop: () => clients.forEach(client => void client.disconnect()) }
}
