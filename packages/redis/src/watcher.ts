/**
 * Follows what the Sentinels say: asks all of them at once, listens to all of them, and tells when they name another primary.
 * It never goes back to an epoch before the one that was followed.
 */
import { SessionError } from '@sentinel-session/core'
import type { Login } from './connection.ts'
import { connectionError, withoutPayload } from './redis-errors.ts'
import { type SentinelLink, sentinelLink } from './sentinel-link.ts'
import { candidates, isMajority, type SentinelView } from './sentinel-view.ts'
import { type Address, addressOf, type NodeName, nameOf, type Topology, type TopologyEvents } from './topology.ts'

export interface SentinelOptions {
  sentinels: readonly Address[]
  masterName: string
  /** How Sentinels are spoken to, but for their address. */
  login: Login
  /** What the addresses that Sentinel tells are called from here. */
  natMap(address: Address): Address
}

/** How often they are asked although nothing was heard. */
const ASK_EVERY_MS = 1_000

export class Watcher implements Topology {
  readonly #options: SentinelOptions
  readonly #events: TopologyEvents
  readonly #links: readonly SentinelLink[]
  #followed: { primary: NodeName; epoch: number } | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(options: SentinelOptions, events: TopologyEvents) {
    this.#options = options
    this.#events = events
    const { masterName, login } = options
    this.#links = options.sentinels.map(address =>
      sentinelLink({ address, masterName, login, heard: link => void this.#ask(link) }),
    )
  }

  get sentinels(): number {
    return this.#links.length
  }

  get hasMajority(): boolean {
    return isMajority(this.views.length, this.sentinels)
  }

  get named(): NodeName | undefined {
    return candidates(this.views, this.#followed?.epoch ?? 0)[0]
  }

  get views(): SentinelView[] {
    return this.#links.flatMap(({ view }) => view ?? [])
  }

  /**
   * Rejects with `ERR_BACKEND_SENTINELS` when nobody answers, `ERR_BACKEND_MASTER_NAME` when none knows the name, or what they
   * refuse us for.
   */
  async locate(): Promise<NodeName[]> {
    await this.#askUntilAgreed()
    const { views } = this
    if (views.length > 0) {
      const found = candidates(views, this.#lowestEpoch(views))
      if (found.length > 0) return found
    }
    throw this.#whyNot(views)
  }

  follow(primary: NodeName): void {
    const views = this.views.filter(view => view.primary === primary)
    this.#followed = { primary, epoch: Math.max(...views.map(({ epoch }) => epoch), this.#followed?.epoch ?? 0) }
    this.#timer ??= setInterval(() => void this.look(), ASK_EVERY_MS).unref()
  }

  async look(): Promise<void> {
    await Promise.all(this.#links.map(link => this.#ask(link)))
  }

  addressOf(name: NodeName): Address {
    return this.#options.natMap(addressOf(name))
  }

  close(): void {
    clearInterval(this.#timer)
    for (const link of this.#links) link.close()
  }

  async #ask(link: SentinelLink): Promise<void> {
    await link.ask()
    this.#events.seen()
    if (this.#followed === undefined || link.view === undefined) return
    const { named } = this
    if (named !== undefined && named !== this.#followed.primary) this.#events.moved()
  }

  /** Does not wait for the others once a majority says the same. */
  #askUntilAgreed(): Promise<void> {
    return new Promise(resolve => {
      const answered: SentinelLink[] = []
      const all = this.#links.map(async link => {
        await link.ask()
        if (link.view === undefined) return
        answered.push(link)
        const first = answered[0]!.view
        const isSame = ({ view }: SentinelLink): boolean =>
          view?.primary === first?.primary && view?.epoch === first?.epoch
        if (isMajority(answered.length, this.sentinels) && answered.every(isSame)) resolve()
      })
      void Promise.all(all).then(() => resolve())
    })
  }

  /** Sentinels that were set up anew count from the start again; they are believed when all of them do. */
  #lowestEpoch(views: readonly SentinelView[]): number {
    const epoch = this.#followed?.epoch ?? 0
    const isAnew = views.length === this.sentinels && views.every(view => view.epoch < epoch)
    return isAnew ? 0 : epoch
  }

  #whyNot(views: readonly SentinelView[]): SessionError {
    const errors = this.#links.flatMap(({ error }) => error ?? [])
    const { masterName } = this.#options
    if (views.length === 0 && errors.length < this.sentinels) {
      const message = `No Sentinel monitors a primary named "${masterName}". Check masterName.`
      return new SessionError('ERR_BACKEND_MASTER_NAME', message, { field: 'masterName' })
    }
    for (const error of errors) {
      const refusal = connectionError(error, 'Sentinel')
      if (refusal !== undefined) return refusal
    }
    const tried = this.#options.sentinels.map(nameOf).join(', ')
    const what = views.length > 0 ? 'The Sentinels that answer know less than those before' : 'No Sentinel answers'
    const cause = errors[0] === undefined ? undefined : withoutPayload(errors[0])
    return new SessionError('ERR_BACKEND_SENTINELS', `${what} (tried ${tried}).`, { cause, retryAfter: 1 })
  }
}
