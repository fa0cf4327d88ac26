/** The Backend port over HTTP: each verb is one question to a gateway. It knows records and Web APIs, and neither Redis nor Node. */
import {
  type Backend,
  type Call,
  type Capabilities,
  type Duration,
  type Ending,
  type Fields,
  type Keyring,
  type Member,
  type Replaced,
  SessionError,
  type StoredRecord,
  type UserIndexed,
} from '@sentinel-session/core'
import { isLoopback, keyBytesOf, knownKeys, toMs } from '@sentinel-session/core/internal'
import { createdIn, foundIn, listIn, numberIn, replacedIn, thereIn } from './answered.ts'
import { type Answer, Asking } from './asking.ts'
import { unavailable } from './failure.ts'
import type { Body } from './message.ts'
import { hmacsOf } from './signature.ts'
import { WriteNames } from './write-names.ts'

export interface GatewayBackendOptions {
  /** Where the gateway is mounted: https, or http to a loopback host. */
  url: string
  /** The first signs; the others are tried where a gateway does not know it yet. 32 random bytes or more each. */
  keys: Keyring
  /** How long a verb may wait for its answer, all attempts together; the budget of the request counts too. '15s'. */
  failoverBudget?: Duration
  /** The platform's. Of Workers: `(...request) => env.GATEWAY.fetch(...request)`, with a service binding. */
  fetch?: typeof fetch
}

export interface GatewayBackend extends Backend, UserIndexed {}

const OPTION_NAMES = ['url', 'keys', 'failoverBudget', 'fetch']

/**
 * Sessions behind a gateway, for places without TCP: `createProvider(gatewayBackend({ url, keys }))`. It opens nothing before the first
 * verb, and keeps nothing between two, so it may live as long as a request or as the process. Verbs reject with `ERR_BACKEND_UNAVAILABLE` when
 * no gateway answered within the budget, and with `ERR_BACKEND_AUTH` when it knows none of the keys. `Call.redo` does not travel: the
 * journal of the gateway keeps what was written, and merges nothing. Throws `ERR_CONFIG_INSECURE`, `ERR_CONFIG_KEYS`, `ERR_CONFIG_DURATION` and
 * `ERR_CONFIG_OPTION`.
 */
export function gatewayBackend(options: GatewayBackendOptions): GatewayBackend {
  knownKeys(options, OPTION_NAMES)
  const { url, keys, failoverBudget = '15s', fetch: given } = options
  const asking = new Asking({
    url: checkedUrl(url),
    hmacs: hmacsOf(keyBytesOf(keys, 'keys')),
    // Called free of any object, and looked up late: some platforms replace theirs.
    fetch: given ?? ((...request) => fetch(...request)),
    budgetMs: toMs(failoverBudget, 'failoverBudget'),
  })
  return new HttpBackend(asking)
}

class HttpBackend implements GatewayBackend {
  /** That of the gateway's backend is known after `ready()`. */
  readonly capabilities: Set<keyof Capabilities> = new Set(['userIndexed', 'named'])
  readonly #asking: Asking
  readonly #names = new WriteNames()
  readonly #running = new Set<Promise<unknown>>()
  #isClosed = false

  constructor(asking: Asking) {
    this.#asking = asking
  }

  async create(key: string, fields: Fields, call: Call = {}): Promise<StoredRecord | null> {
    const head = {
      verb: 'create',
      key,
      fields: headOf(fields),
      name: call.name ?? this.#names.next(),
      ...conditionsOf(call),
    }
    return createdIn(await this.#ask(head, call, fields.body), fields)
  }

  async read(key: string, call: Call = {}): Promise<StoredRecord | 'retired' | null> {
    return foundIn(await this.#ask({ verb: 'read', key }, call))
  }

  async replace(key: string, base: StoredRecord, fields: Fields, call: Call = {}): Promise<Replaced> {
    const name = call.name ?? this.#names.next()
    const { tries = {} } = call
    tries.first ??= name
    const { first, uncertain } = tries
    const fixed = { verb: 'replace', key, base: headOf(base), fields: headOf(fields), name, first, uncertain }
    const answer = await this.#ask({ ...fixed, leaves: call.leaves, ...conditionsOf(call) }, call, fields.body)
    tries.uncertain ||= answer.uncertain
    return replacedIn(answer, fields)
  }

  async touch(key: string, expiresAt: number, call: Call = {}): Promise<boolean> {
    return thereIn(await this.#ask({ verb: 'touch', key, expiresAt }, call))
  }

  async end(key: string, ending: Ending, call: Call = {}): Promise<Replaced> {
    const asked = ending.kind === 'destroyed' ? ending : { kind: ending.kind, base: headOf(ending.base) }
    const head = { verb: 'end', key, ending: asked, name: call.name ?? this.#names.next() }
    return replacedIn(await this.#ask(head, call))
  }

  async generationOf(user: string): Promise<number> {
    return numberIn(await this.#ask({ verb: 'generationOf', user }), 'generation')
  }

  async endAllOf(user: string, exceptKey?: string): Promise<number> {
    return numberIn(await this.#ask({ verb: 'endAllOf', user, except: exceptKey }), 'ended')
  }

  async membersOf(user: string): Promise<readonly Member[]> {
    return listIn<Member>(await this.#ask({ verb: 'membersOf', user }), 'members')
  }

  async ready(): Promise<void> {
    const known = listIn<string>(await this.#ask({ verb: 'ready' }), 'capabilities')
    if (!known.includes('userIndexed')) this.capabilities.delete('userIndexed')
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled(this.#running)
  }

  #ask(head: Record<string, unknown>, call: Call = {}, body?: Body): Promise<Answer> {
    const asked = this.#askInOrder(head, call, body)
    this.#running.add(asked)
    const done = (): boolean => this.#running.delete(asked)
    asked.then(done, done)
    return asked
  }

  /** Two requests may overtake one another, so what comes after something waits for its answer. */
  async #askInOrder(head: Record<string, unknown>, { budget, after, bind }: Call, body?: Body): Promise<Answer> {
    if (this.#isClosed) throw new SessionError('ERR_BACKEND_CLOSED', 'The backend of the gateway was closed.')
    if (after !== undefined) {
      const began = performance.now()
      const before = await after
      if (budget !== undefined) budget.leftMs -= performance.now() - began
      if (before === null) throw unavailable('What goes before was not done')
    }
    return this.#asking.ask({ head, body }, budget, bind?.max)
  }
}

/** Without the values, which nobody compares. */
function headOf({ createdAt, expiresAt, user, revisions }: Fields & { revisions?: string }): Record<string, unknown> {
  return { createdAt, expiresAt, user, revisions }
}

function conditionsOf({ bind, until }: Call): Record<string, unknown> {
  return Number.isFinite(until) ? { bind, until } : { bind }
}

function checkedUrl(text: unknown): string {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    const message = 'url must be that of the gateway, as https://sessions.example.com/gateway, without a user.'
    throw new SessionError('ERR_CONFIG_OPTION', message, { field: 'url' })
  }
  if (url.protocol === 'http:' && !isLoopback(url.host)) {
    const message =
      'url must begin with https: sessions would travel over plain http. Only a loopback host may be asked so.'
    throw new SessionError('ERR_CONFIG_INSECURE', message, { field: 'url' })
  }
  return url.href
}
