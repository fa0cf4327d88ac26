/** What a node says about itself: the command ROLE. */
import { connect, drop, type Login, within } from './connection.ts'
import { type Address, type NodeName, nameOf } from './topology.ts'

export type Role =
  | { role: 'primary'; offset: number; replicas: readonly { name: NodeName; offset: number }[] }
  | { role: 'replica'; of: NodeName; isConnected: boolean }
  | { role: 'other' }

export function parseRole(reply: unknown): Role {
  const [role, ...rest] = reply as [Buffer | string, ...unknown[]]
  if (String(role) === 'master') {
    const [offset, replicas] = rest as [number, [string, string, string][]]
    const seen = replicas.map(([host, port, at]) => ({ name: `${host}:${port}`, offset: Number(at) }))
    return { role: 'primary', offset, replicas: seen }
  }
  if (String(role) !== 'slave') return { role: 'other' }
  const [host, port, state] = rest as [string, number, string]
  return { role: 'replica', of: nameOf({ host: String(host), port }), isConnected: String(state) === 'connected' }
}

/** Asks over a connection of its own. Undefined: no answer in time, or none at all. */
export async function askRole(address: Address, login: Login, timeoutMs: number): Promise<Role | undefined> {
  try {
    const redis = await connect(address, login, timeoutMs)
    try {
      return parseRole(await within(timeoutMs, redis.call('ROLE')))
    } finally {
      drop(redis)
    }
  } catch {
    return undefined
  }
}
