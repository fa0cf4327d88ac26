/** A single server: it is the primary as long as it says so, and nobody takes its place. */
import type { SentinelView } from './sentinel-view.ts'
import { type Address, addressOf, type NodeName, nameOf, type Topology } from './topology.ts'

export class Standalone implements Topology {
  readonly sentinels = 0
  readonly views: readonly SentinelView[] = []
  readonly hasMajority = true
  readonly named: NodeName
  constructor(server: Address) {
    this.named = nameOf(server)
  }

  async locate(): Promise<NodeName[]> {
    return [this.named]
  }

  follow(): void {}

  async look(): Promise<void> {}

  addressOf(name: NodeName): Address {
    return addressOf(name)
  }

  close(): void {}
}
