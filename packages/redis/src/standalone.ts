/** A single server: it is the primary as long as it says so, and nobody takes its place. */
import type { SentinelView } from './sentinel-view.ts'
import { type Address, addressOf, type NodeName, nameOf, type Topology } from './topology.ts'

export class Standalone implements Topology {
  readonly sentinels = 0
  readonly views: readonly SentinelView[] = []
  readonly hasMajority = true
  readonly #name: NodeName

  constructor(server: Address) {
    this.#name = nameOf(server)
  }

  async locate(): Promise<NodeName[]> {
    return [this.#name]
  }

  follow(): void {}

  async look(): Promise<void> {}

  addressOf(name: NodeName): Address {
    return addressOf(name)
  }

  close(): void {}
}
