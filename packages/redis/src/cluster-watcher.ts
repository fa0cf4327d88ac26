/**
 * Follows what the nodes of a cluster say: asks all of them at once, also those that it learns of by that, and tells when an answer
 * is another one than before. The nodes of the configuration are where it begins, and where it begins anew when no other answers.
 */
import { isSessionError, SessionError } from '@sentinel-session/core'
import { type ClusterLink, clusterLink } from './cluster-link.ts'
import { type ClusterMap, mapOf } from './cluster-map.ts'
import type { ClusterView, NodeId } from './cluster-view.ts'
import type { Login } from './connection.ts'
import { connectionError, withoutPayload } from './redis-errors.ts'
import { isMajority } from './sentinel-view.ts'
import { type Address, addressOf, type NodeName, nameOf } from './topology.ts'

export interface ClusterOptions {
  nodes: readonly Address[]
  login: Login
  /** What the addresses that the nodes tell are called from here. */
  natMap(address: Address): Address
  /** The option that named the nodes: for errors. */
  field: string
}

/** How often they are asked although nothing happened. */
const ASK_EVERY_MS = 1_000

export class ClusterWatcher {
  readonly #options: ClusterOptions
  readonly #changed: () => void
  /** By the address where a node is found from here. */
  readonly #links = new Map<string, ClusterLink>()
  readonly #known = new Map<ClusterLink, ClusterView | undefined>()
  #map: ClusterMap | undefined
  #views: readonly ClusterView[] = []
  #natError: SessionError | undefined
  #locating: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: ClusterOptions, changed: () => void) {
    this.#options = options
    this.#changed = changed
  }

  /** What those that can be asked said last, one view of each. */
  get views(): readonly ClusterView[] {
    return this.#views
  }

  get map(): ClusterMap {
    this.#map ??= mapOf(this.#views)
    return this.#map
  }

  /** Asks all, and waits for no more than most of those that serve slots. Callers share one round. */
  async locate(): Promise<void> {
    if (this.#isClosed) return
    this.#timer ??= setInterval(() => void this.look(), ASK_EVERY_MS).unref()
    this.#locating ??= this.#round(() => this.#hasMajority).finally(() => {
      this.#locating = undefined
    })
    await this.#locating
  }

  /** Asks all, and waits for all. */
  look(): Promise<void> {
    return this.#round(() => false)
  }

  /** Asks one of them; one that is not known: all. */
  async ask(name: NodeName): Promise<void> {
    const node = this.idOf(name)
    const link = [...this.#links.values()].find(({ view }) => view !== undefined && view.self === node)
    if (link === undefined) return this.locate()
    await link.ask()
    this.#hear(link)
  }

  /** By the name or the host name that it goes by. */
  idOf(name: NodeName): NodeId | undefined {
    for (const node of this.map.nodes.values()) {
      const port = node.name.slice(node.name.lastIndexOf(':'))
      if (node.name === name || (node.hostname !== undefined && `${node.hostname}${port}` === name)) return node.id
    }
    return undefined
  }

  /** With TLS under its host name, if it announces one: certificates know that one. Throws what `natMap` does wrong. */
  addressOf(name: NodeName): Address {
    const told = addressOf(name)
    const mapped = this.#options.natMap(told)
    if (mapped !== told || this.#options.login.tls === undefined) return mapped
    const id = this.idOf(name)
    const hostname = id === undefined ? undefined : this.map.nodes.get(id)?.hostname
    return hostname === undefined ? told : { ...told, host: hostname }
  }

  /** Why nobody knows who serves what. */
  whyNot(): SessionError {
    const { field, nodes } = this.#options
    const errors = [...this.#links.values()].flatMap(({ error }) => error ?? [])
    if (this.#natError !== undefined) return this.#natError
    // Those that answer let us in.
    for (const error of this.#views.length > 0 ? [] : errors) {
      if (error.message.includes('cluster support disabled')) {
        const message = `The server is no node of a Redis Cluster. Check ${field}.`
        return new SessionError('ERR_CONFIG_CONNECTION', message, { field })
      }
      const refusal = connectionError(error)
      if (refusal !== undefined) return refusal
    }
    const tried = nodes.map(nameOf).join(', ')
    const cause = errors[0] === undefined ? undefined : withoutPayload(errors[0])
    const message =
      this.#views.length > 0
        ? 'The nodes of the cluster that answer know less than those before.'
        : `No node of the cluster answers (tried ${tried}). Check ${field}.`
    return new SessionError('ERR_BACKEND_UNAVAILABLE', message, { field, cause, retryAfter: 1 })
  }

  close(): void {
    this.#isClosed = true
    clearInterval(this.#timer)
    for (const link of this.#links.values()) link.close()
  }

  get #hasMajority(): boolean {
    const { voters } = this.map
    return isMajority(this.#views.filter(({ self }) => voters.has(self)).length, voters.size)
  }

  /** Resolves when what has been answered is enough, or all have answered or failed. */
  #round(isEnough: () => boolean): Promise<void> {
    return new Promise(resolve => {
      const asked = new Set<ClusterLink>()
      let open = 0
      const askOthers = (): void => {
        this.#follow()
        for (const link of this.#links.values()) {
          if (asked.has(link)) continue
          asked.add(link)
          open += 1
          void link.ask().then(() => {
            open -= 1
            this.#hear(link)
            askOthers()
            if (open === 0 || isEnough()) resolve()
          })
        }
      }
      askOthers()
      if (open === 0) resolve()
    })
  }

  #hear(link: ClusterLink): void {
    if (this.#isClosed || this.#known.get(link) === link.view) return
    this.#known.set(link, link.view)
    const links = [...this.#links.values()]
    this.#views = [...new Map(links.flatMap(({ view }) => (view === undefined ? [] : [[view.self, view]]))).values()]
    this.#map = undefined
    this.#changed()
  }

  /** Opens a link to each node that is named, and closes those to others. */
  #follow(): void {
    if (this.#isClosed) return
    const wanted = new Map<string, Address>()
    this.#natError = undefined
    for (const { name } of this.map.nodes.values()) {
      try {
        const address = this.addressOf(name)
        wanted.set(nameOf(address), address)
      } catch (error) {
        if (!isSessionError(error)) throw error
        this.#natError = error
      }
    }
    const isReached = [...wanted.keys()].some(name => this.#links.get(name)?.view !== undefined)
    if (!isReached) for (const address of this.#options.nodes) wanted.set(nameOf(address), address)
    for (const [name, address] of wanted) {
      if (this.#links.has(name)) continue
      const lost = (link: ClusterLink): void => this.#hear(link)
      this.#links.set(name, clusterLink({ address, login: this.#options.login, lost }))
    }
    for (const [name, link] of this.#links) {
      if (wanted.has(name)) continue
      link.close()
      this.#links.delete(name)
      this.#known.delete(link)
    }
  }
}
