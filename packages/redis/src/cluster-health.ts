/** How a cluster is: as the worst of its shards. Events are told as for one deployment: what two shards suffer from is told once. */
import type { BackendEvent, Observer } from '@sentinel-session/core'
import { notify } from '@sentinel-session/core/internal'
import type { Failover, Health, Status } from './health.ts'
import type { Restored } from './restore.ts'
import type { Warning } from './warnings.ts'

type Trouble = Extract<BackendEvent, { type: 'degraded' }>['reason']

const WORST_FIRST: readonly Status[] = ['down', 'degraded', 'connecting', 'ready']

export class ClusterHealth {
  readonly #onEvent: Observer<BackendEvent> | undefined
  readonly #shards: () => readonly Health[]
  /** What each shard that suffers suffers from. */
  readonly #troubles = new Map<object, Set<Trouble>>()
  #troubledAt = 0
  readonly #began = Date.now()
  #closedAt: number | undefined

  constructor(onEvent: Observer<BackendEvent> | undefined, shards: () => readonly Health[]) {
    this.#onEvent = onEvent
    this.#shards = shards
  }

  get status(): Status {
    if (this.#closedAt !== undefined) return 'closed'
    const all = this.#shards().map(({ status }) => status)
    return WORST_FIRST.find(status => all.includes(status)) ?? 'connecting'
  }

  /** Epoch ms. */
  get since(): number {
    if (this.#closedAt !== undefined) return this.#closedAt
    const { status } = this
    const times = this.#shards().flatMap(shard => (shard.status === status ? shard.since : []))
    if (times.length === 0) return this.#began
    return status === 'ready' ? Math.max(...times) : Math.min(...times)
  }

  get lastFailover(): Failover | null {
    const all = this.#shards().flatMap(({ lastFailover }) => lastFailover ?? [])
    return all.sort((a, b) => b.at - a.at)[0] ?? null
  }

  /** One of a kind: shards are set up alike. */
  get warnings(): readonly Warning[] {
    const all = this.#shards().flatMap(({ warnings }) => warnings)
    return [...new Map(all.map(warning => [warning.code, warning])).values()]
  }

  caughtUp({ restored, lost }: Restored): void {
    if (restored > 0) this.#tell({ type: 'restored', records: restored })
    if (lost > 0) this.#tell({ type: 'lost', records: lost })
  }

  /** What a shard tells about itself. */
  hear(shard: object, event: BackendEvent): void {
    if (event.type === 'degraded') this.#suffer(shard, event.reason)
    else if (event.type === 'recovered') this.forget(shard)
    else {
      if (event.type === 'failover') this.#troubles.get(shard)?.delete('unavailable')
      this.#tell(event)
    }
  }

  /** The shard is well, or none any more. */
  forget(shard: object): void {
    if (!this.#troubles.delete(shard)) return
    if (this.#troubles.size === 0) this.#tell({ type: 'recovered', afterMs: performance.now() - this.#troubledAt })
  }

  closed(): void {
    this.#closedAt = Date.now()
  }

  #suffer(shard: object, reason: Trouble): void {
    const isKnown = [...this.#troubles.values()].some(reasons => reasons.has(reason))
    if (this.#troubles.size === 0) this.#troubledAt = performance.now()
    this.#troubles.set(shard, (this.#troubles.get(shard) ?? new Set()).add(reason))
    if (!isKnown) this.#tell({ type: 'degraded', reason })
  }

  #tell(event: BackendEvent): void {
    notify(this.#onEvent, event)
  }
}
