/** One Sentinel: asked again and again, and listened to. */
import type { Redis } from 'ioredis'
import { AskedNode } from './asked-node.ts'
import type { Login } from './connection.ts'
import { parseView, type SentinelView } from './sentinel-view.ts'
import type { Address } from './topology.ts'

/** What it tells by itself when something changes. */
const NEWS = ['+switch-master', '+selected-slave', '+promoted-slave', '+sdown', '-sdown', '+slave', '+reboot']

export interface SentinelLinkOptions {
  address: Address
  masterName: string
  login: Login
  /** It has told something, or is gone: worth a question. */
  heard(link: SentinelLink): void
}

/** Without a view: it cannot be asked, or does not know the name. */
export type SentinelLink = AskedNode<SentinelView>

export function sentinelLink({ address, masterName, login, heard }: SentinelLinkOptions): SentinelLink {
  const link: SentinelLink = new AskedNode({
    address,
    login,
    async begin(redis) {
      // With RESP3 one connection asks and listens; a server before 6.0 is only asked.
      if (redis.condition?.protocol === 3) {
        redis.on('message', () => heard(link))
        redis.subscribe(...NEWS).catch((error: Error) => {
          link.error = error
        })
      }
      return () => question(redis, masterName)
    },
    lost: () => heard(link),
  })
  return link
}

async function question(redis: Redis, masterName: string): Promise<SentinelView | undefined> {
  const ask = (what: string): Promise<unknown> => redis.call('SENTINEL', what, masterName).catch(nothingForUnknown)
  const [address, primary, replicas] = await Promise.all([
    ask('get-master-addr-by-name'),
    ask('MASTER'),
    ask('REPLICAS'),
  ])
  if (address === null || primary === null || replicas === null) return undefined
  return parseView(address as [string, string], primary as string[], replicas as string[][])
}

function nothingForUnknown(error: Error): null {
  if (error.message.startsWith('ERR No such master')) return null
  throw error
}
