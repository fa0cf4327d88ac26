/** What contestants without a backend of their own keep sessions with: one ioredis client, autopipelined, on Sentinel. */
import { Redis } from 'ioredis'

export const deployment = JSON.parse(process.env.DEPLOYMENT)
export const LIFE_S = 1_800

export function createClient() {
  const sentinels = deployment.sentinels.map(address => {
    const [host, port] = address.split(':')
    return { host, port: Number(port) }
  })
  const { masterName: name, natMap } = deployment
  return new Redis({ sentinels, name, enableAutoPipelining: true, ...(natMap === undefined ? {} : { natMap }) })
}

/** As much as must be: the id from the cookie, one GET, one SET. No signature, no check, no touch, no WAIT. */
export function minimum() {
  const redis = createClient()
  return {
    sidOf: cookie => (cookie?.startsWith('sid=') ? cookie.slice(4) : undefined),
    async load(sid) {
      return JSON.parse(await redis.get(`limit:${sid}`))
    },
    async save(sid, data) {
      await redis.set(`limit:${sid}`, JSON.stringify(data), 'EX', LIFE_S)
    },
  }
}
