/** Who is primary, and who else there is: the Sentinels know, or the configuration does. */
import type { SentinelView } from './sentinel-view.ts'

export interface Topology {
  /** How many Sentinels there are, reachable or not. */
  readonly sentinels: number
  /** What those that can be asked said last. */
  readonly views: readonly SentinelView[]
  readonly hasMajority: boolean
  /** Whom they name, not below what was followed already. Undefined: nobody, or they know less. */
  readonly named: NodeName | undefined
  /** The likeliest primary first, never none. Rejects with the `ERR_BACKEND_*` that says why nobody knows. */
  locate(): Promise<NodeName[]>
  /** From now on this is the primary; that another is named is a move. */
  follow(primary: NodeName): void
  /** Asks all Sentinels now. */
  look(): Promise<void>
  addressOf(name: NodeName): Address
  close(): void
}

export interface TopologyEvents {
  /** Another primary is named than the one that is followed. */
  moved(): void
  /** A Sentinel has said something. */
  seen(): void
}

/** Where a node is found from here; what it is called in the deployment is its name. */
export interface Address {
  host: string
  port: number
}

/** `host:port`, as the deployment says it. */
export type NodeName = string

export function nameOf({ host, port }: Address): NodeName {
  return `${host}:${port}`
}

/** Splits at the last colon: an IPv6 address has colons of its own. */
export function addressOf(name: NodeName): Address {
  const at = name.lastIndexOf(':')
  return { host: name.slice(0, at), port: Number(name.slice(at + 1)) }
}
