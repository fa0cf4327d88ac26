/** Where the primary is. Sentinel knows; other topologies answer the same question. */
export interface Address {
  host: string
  port: number
}

export interface Located {
  address: Address
  /** After how long without an answer Sentinel calls a node down. */
  downAfterMs?: number
}
