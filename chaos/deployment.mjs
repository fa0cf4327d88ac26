/** Where the sessions are, as the harness tells a web process: `{ sentinels, masterName, natMap }`. */
import { Redis } from 'ioredis'

export const deployment = JSON.parse(process.env.DEPLOYMENT)

/** The client of the contestants that bring none: ioredis with Sentinel, on its defaults. */
export function ioredisOnDefaults() {
  const sentinels = deployment.sentinels.map(address => {
    const [host, port] = address.split(':')
    return { host, port: Number(port) }
  })
  const redis = new Redis({ sentinels, name: deployment.masterName, natMap: deployment.natMap })
  redis.on('error', () => undefined)
  return redis
}
