/** Sessions that another library stored become ours, one by one, as their visitors come: each once, and under a new sid (decision 017). */
import { type Adoption, type AdoptionPlace, type OldSession, SessionError } from '@sentinel-session/core'
import { type Data, emptyData, knownKeys, type Storage, storageOf } from '@sentinel-session/core/internal'
import { within } from '../connection.ts'
import { AdoptionLedger } from './adoption-ledger.ts'
import type { Claim, LegacySource } from './legacy-source.ts'

export interface LegacyOptions {
  /** Which library wrote them, and where. */
  from: LegacySource
  /**
   * The end date: from then on old cookies lead nowhere. A Date, or a text that Date reads. The day on which the last of the old sessions
   * would have expired is late enough.
   */
  until: Date | string
  /** What the new session is to hold. Null: this one is not taken over, and stays as it is. All of its values. */
  values?: (session: Record<string, unknown>) => Record<string, unknown> | null
}

/** What the old store may take when the request has no budget. */
const LONGEST_WAIT_MS = 15_000

/** Each try but the last finds that another request was faster. */
const TRIES = 3

/**
 * For the option `adopt`. Only a cookie that the old library has signed is looked for in its store. Throws `ERR_CONFIG_OPTION` for an `until`
 * that is no date.
 */
export function adoptLegacy(options: LegacyOptions): Adoption {
  knownKeys(options, ['from', 'until', 'values'])
  const until = new Date(options.until).getTime()
  if (Number.isNaN(until)) throw new SessionError('ERR_CONFIG_OPTION', 'until must be a date.', { field: 'until' })
  return (request, place) => {
    const claim = place.clock.now() < until ? options.from.claimOf(request) : undefined
    return claim && new LegacySession(options, until, claim, place)
  }
}

class LegacySession implements OldSession {
  readonly #options: LegacyOptions
  readonly #claim: Claim
  readonly #place: AdoptionPlace
  readonly #storage: Storage
  readonly #ledger: AdoptionLedger
  headers: OldSession['headers'] = []

  constructor(options: LegacyOptions, until: number, claim: Claim, place: AdoptionPlace) {
    this.#options = options
    this.#claim = claim
    this.#place = place
    this.#storage = storageOf(place.provider)
    this.#ledger = new AdoptionLedger(this.#storage, place, options.from.name, claim, until)
  }

  async take(): Promise<string | null> {
    const sid = await this.#successor()
    // What was refused, or cannot be read, stays as it is.
    if (sid === undefined) return null
    await this.#leaveNothing()
    return sid
  }

  async end(): Promise<void> {
    await this.#ledger.spend('')
    const sid = await this.#ledger.sid()
    if (sid !== null) await this.#place.provider.sessionDestroy(sid)
    await this.#leaveNothing()
  }

  /** The sid of the session in its place, stored. Null: there is none. Undefined: there is not to be one. */
  async #successor(): Promise<string | null | undefined> {
    for (let tries = 1; tries <= TRIES; tries++) {
      const before = await this.#spentFor()
      if (before !== undefined) return before
      const row = await this.#ask(client => client.get(this.#claim.key))
      // Whoever deletes the row has written down before it what for.
      if (row === null) return (await this.#spentFor()) ?? null
      const values = this.#valuesOf(row)
      if (values === undefined) return undefined
      const sid = await this.#ledger.announce(this.#storage.layout.newSid())
      if (sid !== null && (await this.#create(sid, values))) return sid
    }
    throw new SessionError('ERR_SESSION_CONFLICT', 'Other requests kept taking over the old session.')
  }

  /** The sid of the session that has taken its place; null: it has ended, or the minute is over. Undefined: nothing has taken its place. */
  async #spentFor(): Promise<string | null | undefined> {
    const successor = await this.#ledger.successor()
    if (successor === null) return undefined
    const sid = await this.#ledger.sid()
    return sid !== null && (await this.#storage.keyOf(sid)) === successor ? sid : null
  }

  /** False: another request has taken it over by another sid. Where several do it by one sid, all of them have done it. */
  async #create(sid: string, values: Data): Promise<boolean> {
    const { backend } = this.#storage
    const { clock, idleMs, call } = this.#place
    const key = await this.#storage.keyOf(sid)
    const createdAt = clock.now()
    const body = await this.#storage.encode(key, values, { createdAt })
    await backend.create(key, { createdAt, expiresAt: createdAt + idleMs, body }, { ...call, redo: this.#storage.redo })
    if ((await this.#ledger.spend(key)) === key) return true
    await backend.end(key, { kind: 'destroyed' }, call)
    return false
  }

  /** The row is deleted when this resolves, and the cookies may go. */
  async #leaveNothing(): Promise<void> {
    await this.#ask(client => client.del(this.#claim.key))
    this.headers = this.#options.from.ended.map(line => ['Set-Cookie', line] as const)
  }

  #valuesOf(row: string): Data | undefined {
    const { from, values: choose } = this.#options
    const old = from.valuesOf(row, this.#place.clock.now())
    const chosen = old === null || choose === undefined ? old : choose(old)
    if (chosen === null) return undefined
    // Keys with this mark are the library's own.
    return Object.assign(
      emptyData(),
      Object.fromEntries(Object.entries(chosen).filter(([key]) => !key.startsWith('~'))),
    )
  }

  /** The errors of a Redis client carry its arguments: they must not reach a log. */
  async #ask<X>(ask: (client: LegacySource['client']) => Promise<X>): Promise<X> {
    const ms = Math.max(1, Math.min(this.#place.call.budget?.leftMs ?? LONGEST_WAIT_MS, LONGEST_WAIT_MS))
    try {
      return await within(ms, Promise.resolve(ask(this.#options.from.client)))
    } catch {
      const message = 'The store of the old sessions could not be asked.'
      throw new SessionError('ERR_BACKEND_UNAVAILABLE', message, { retryAfter: 1 })
    }
  }
}
