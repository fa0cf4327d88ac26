/** How the backend is, told by events as it changes and by the report at any time. */
import type { BackendEvent, Observer } from '@sentinel-session/core'
import { notify } from '@sentinel-session/core/internal'
import type { NodeName } from './topology.ts'

export type Status = 'connecting' | 'ready' | 'degraded' | 'down' | 'closed'

export interface Failover {
  /** Epoch ms. */
  at: number
  from: NodeName | null
  to: NodeName
  /** For how long no command could be sent. */
  pauseMs: number
}

type Trouble = Extract<BackendEvent, { type: 'degraded' }>['reason']

export class Health {
  readonly #onEvent: Observer<BackendEvent> | undefined
  readonly #troubles = new Map<Trouble, number>()
  #status: Status = 'connecting'
  #since = Date.now()
  #primary: NodeName | undefined
  lastFailover: Failover | null = null

  constructor(onEvent: Observer<BackendEvent> | undefined) {
    this.#onEvent = onEvent
  }

  get status(): Status {
    return this.#status
  }

  /** Epoch ms: when the status became what it is. */
  get since(): number {
    return this.#since
  }

  /** Commands flow, to this primary. */
  opened(primary: NodeName): void {
    const from = this.#primary
    this.#primary = primary
    const lostAt = this.#troubles.get('unavailable')
    if (from !== undefined && from !== primary) {
      const pauseMs = lostAt === undefined ? 0 : performance.now() - lostAt
      this.#troubles.delete('unavailable')
      this.lastFailover = { at: Date.now(), from, to: primary, pauseMs }
      this.#tell({ type: 'failover', from, to: primary, pauseMs })
    } else this.set('unavailable', false)
    this.#update()
  }

  /** Nothing of interest to anybody is told twice. */
  set(trouble: Trouble, isThere: boolean): void {
    const since = this.#troubles.get(trouble)
    if (isThere === (since !== undefined)) return
    if (isThere) {
      this.#troubles.set(trouble, performance.now())
      this.#tell({ type: 'degraded', reason: trouble })
    } else {
      this.#troubles.delete(trouble)
      if (this.#troubles.size === 0) this.#tell({ type: 'recovered', afterMs: performance.now() - since! })
    }
    this.#update()
  }

  /** The journal has written back what a new primary had lost, or could not. */
  caughtUp({ restored, lost }: { restored: number; lost: number }): void {
    if (restored > 0) this.#tell({ type: 'restored', records: restored })
    if (lost > 0) this.#tell({ type: 'lost', records: lost })
  }

  closed(): void {
    this.#become('closed')
  }

  #update(): void {
    if (this.#status === 'closed' || this.#primary === undefined) return
    if (this.#troubles.has('unavailable')) this.#become('down')
    else this.#become(this.#troubles.size > 0 ? 'degraded' : 'ready')
  }

  #become(status: Status): void {
    if (status === this.#status) return
    this.#status = status
    this.#since = Date.now()
  }

  #tell(event: BackendEvent): void {
    notify(this.#onEvent, event)
  }
}
