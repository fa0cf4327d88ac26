/** Nodes have two addresses: the name that the deployment uses among itself, and where they are found from here (`natMap`). */
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
