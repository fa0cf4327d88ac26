/** One user, three instances, and an oracle: who must not be logged in any more, who must be, and what lists must say. */
import {
  createProvider,
  createSessionManager,
  isSessionError,
  type Manager,
  type SessionStore,
  type UserOptions,
} from '@sentinel-session/core'
import type { Redis } from 'ioredis'
import type { Link } from '../../src/link.ts'
import { SentinelBackend } from '../../src/redis-backend.ts'
import { type Fate, type Successor, settled, type Wire } from './wire.ts'

export type UserStep =
  | { do: 'login'; instance: number; isCareful: boolean; isKnown?: boolean }
  | { do: 'regenerate' | 'change' | 'logout'; login: number }
  | { do: 'destroyAll'; instance: number; except: number | undefined }
  | { do: 'list'; instance: number }
  | { do: 'wire'; which: number; fate: Fate }
  | { do: 'late'; which: number }
  | { do: 'crash'; instance: number }
  | { do: 'pass' }
  | { do: 'snapshot'; shard?: number }
  | { do: 'failover'; to: Successor; shard?: number }

/** Times are counts of what has happened. */
interface Login {
  id: number
  instance: Instance
  session: SessionStore
  /** When it knew the generation, if it is a careful one. */
  asked: number | undefined
  begun: number
  acknowledged: number | undefined
  busy: boolean
  loggedOut: boolean
}

/** A process. */
interface Instance {
  manager: Manager
  link: Link
  isDead: boolean
  /** Ends the waiting for what it began. */
  die(): void
  death: Promise<void>
}

interface Ending {
  begun: number
  ended: number | undefined
  /** The login that is spared. */
  except: number | undefined
}

const USER = 'ada@example.com'

/** Longer than a request waits. */
const PAUSE_MS = 20_000
/** All of them together are shorter than a tombstone stands. */
const MOST_PAUSES = 3

export class UserWorld {
  readonly #redis: Redis
  readonly #wire: Wire
  readonly #prefix: string
  readonly #max: number | undefined
  /** Of a cluster: lets so long pass. What may be on its way is listed for a while. */
  readonly #pass: ((ms: number) => void) | undefined
  readonly #instances: Instance[]
  readonly #begin: () => Instance
  readonly #logins: Login[] = []
  readonly #endings: Ending[] = []
  readonly #running: Promise<void>[] = []
  #now = 0
  #pauses = 0

  constructor(redis: Redis, wire: Wire, prefix: string, users: UserOptions, pass?: (ms: number) => void) {
    this.#redis = redis
    this.#wire = wire
    this.#prefix = prefix
    this.#max = users.maxSessions
    this.#pass = pass
    this.#begin = () => {
      const link = wire.link()
      const provider = createProvider(new SentinelBackend(link), { keyPrefix: prefix })
      const manager = createSessionManager({ provider, users })
      let die = (): void => {}
      const death = new Promise<void>(resolve => {
        die = resolve
      })
      return { manager, link, isDead: false, death, die }
    }
    this.#instances = Array.from({ length: 3 }, this.#begin)
  }

  async take(step: UserStep): Promise<void> {
    this.#now += 1
    switch (step.do) {
      case 'login':
        return this.#run(step.instance, instance => this.#login(instance, step))
      case 'destroyAll':
        return this.#run(step.instance, ({ manager }) => this.#destroyAll(manager, step.except))
      case 'list':
        return this.#run(step.instance, ({ manager }) => manager.sessionsOf(USER).then(ignore))
      case 'crash':
        return this.#crash(step.instance)
      case 'pass':
        this.#pauses += 1
        if (this.#pauses <= MOST_PAUSES) this.#pass?.(PAUSE_MS)
        return
      case 'wire':
        return this.#wire.step(step.which, step.fate)
      case 'late':
        return this.#wire.late(step.which)
      case 'snapshot':
        return this.#wire.snapshot(step.shard)
      case 'failover':
        return this.#wire.change(step.to, step.shard)
      default:
        return this.#act(step.do, step.login)
    }
  }

  /** Lets everything end, then says which promise is broken; undefined when all are kept. */
  async verdict(): Promise<string | undefined> {
    await this.#wire.until(Promise.all(this.#running))
    await this.#wire.latecomers()
    for (const { manager } of this.#instances) await this.#wire.until(manager.sessionsOf(USER))
    if (this.#pass !== undefined) {
      for (const ms of [PAUSE_MS, 10 * PAUSE_MS]) {
        this.#pass(ms)
        await this.#wire.until(this.#instances[0]!.manager.sessionsOf(USER))
      }
    }
    // What nobody waits for.
    await this.#wire.rest()
    const live = await this.#liveRecords()
    const logins = new Set(live.map(({ login }) => login))
    for (const { login } of live) {
      const broken = this.#mustBeGone(this.#logins.find(({ id }) => id === login)!)
      if (broken !== undefined) return broken
    }
    for (const login of this.#logins) {
      if (this.#mustBeThere(login) && !logins.has(login.id)) return `acknowledged is there: login ${login.id}`
    }
    // One that died while it gave a session another key may have left both.
    if (this.#max !== undefined && logins.size > this.#max) return `the limit: ${logins.size} sessions live`
    return (await this.#wrongLists(live)) ?? this.#cannotGoOn(live)
  }

  #mustBeGone({ id, asked, acknowledged, loggedOut }: Login): string | undefined {
    if (loggedOut) return `ended stays ended: login ${id} was logged out`
    for (const { begun, ended, except } of this.#endings) {
      if (ended === undefined || except === id) continue
      if (acknowledged !== undefined && acknowledged < begun) return `ended stays ended: login ${id} was ended with all`
      if (asked !== undefined && asked < begun) return `no older login slips in: login ${id} had begun before`
    }
    return undefined
  }

  #mustBeThere({ begun, acknowledged, loggedOut, busy }: Login): boolean {
    if (acknowledged === undefined || loggedOut || busy || this.#max !== undefined) return false
    return this.#endings.every(({ ended }) => ended !== undefined && ended < begun)
  }

  async #wrongLists(live: readonly { key: string }[]): Promise<string | undefined> {
    const keys = live.map(({ key }) => key).sort()
    const [index = ''] = await this.#redis.keys(`${this.#prefix}user:*`)
    const listed = Object.keys(index === '' ? {} : await this.#redis.hgetall(index)).filter(key => key !== 'g')
    const missing = keys.filter(key => !listed.includes(key))
    if (missing.length > 0) return `the index is a superset: ${missing.length} of ${keys.length} missing`
    if (listed.length > keys.length) return `what has ended is taken out: ${listed.length} for ${keys.length}`
    const shown = await this.#wire.until(this.#instances[0]!.manager.sessionsOf(USER))
    if (shown.length !== keys.length) return `the list: ${shown.length} shown, ${keys.length} live`
    return undefined
  }

  /** Whoever is logged in can get a new sid: nobody was left half ended. */
  async #cannotGoOn(live: readonly { login: number }[]): Promise<string | undefined> {
    for (const { id, session: own, instance } of this.#logins) {
      if (!live.some(({ login }) => login === id) || !this.#mustBeThere(this.#logins[id]!)) continue
      const { manager } = this.#instances[0]!
      const session = instance.isDead ? (await this.#wire.until(manager.read(own.sessionId())))! : own
      session.regenerate()
      const failure = await this.#wire.until(session.save().then(ignore, String))
      if (failure !== undefined) return `goes on: login ${id} says ${failure}`
    }
    return undefined
  }

  /** `isKnown`: the visitor had a session before. */
  async #login(instance: Instance, { isCareful, isKnown }: { isCareful: boolean; isKnown?: boolean }): Promise<void> {
    const { manager } = instance
    const { session } = await manager.open({ secure: true, host: 'example.com', url: '/', header: () => undefined })
    if (isKnown) {
      session.set('cart', 1)
      await session.save()
    }
    const begun = this.#now
    const since = isCareful ? { since: await manager.generationOf(USER) } : {}
    const asked = isCareful ? this.#now : undefined
    const login: Login = {
      id: this.#logins.length,
      instance,
      session,
      asked,
      begun,
      acknowledged: undefined,
      busy: true,
      loggedOut: false,
    }
    this.#logins.push(login)
    session.set('login', login.id)
    session.bind(USER, { label: `device ${login.id}`, ...since })
    if ((await this.#save(login)) && session.expiresAt !== null) login.acknowledged = this.#now
  }

  async #act(what: 'regenerate' | 'change' | 'logout', which: number): Promise<void> {
    const login = this.#logins[which % Math.max(this.#logins.length, 1)]
    if (login === undefined || login.busy || login.acknowledged === undefined || login.session.status !== 'live') return
    if (login.instance.isDead) return
    login.busy = true
    return this.#runOn(login.instance, this.#change(login, what))
  }

  async #change(login: Login, what: 'regenerate' | 'change' | 'logout'): Promise<void> {
    if (what === 'logout') {
      await login.session.destroy()
      login.loggedOut = true
    } else {
      if (what === 'regenerate') login.session.regenerate()
      login.session.set('at', this.#now)
      await this.#save(login)
    }
    login.busy = false
  }

  /** False: refused. */
  async #save(login: Login): Promise<boolean> {
    try {
      await login.session.save()
      return true
    } catch (error) {
      if (!isSessionError(error)) throw error
      if (!['ERR_SESSION_DESTROYED', 'ERR_SESSION_CONFLICT', 'ERR_SESSION_LIMIT'].includes(error.code)) throw error
      return false
    } finally {
      login.busy = false
    }
  }

  async #destroyAll(manager: Manager, which: number | undefined): Promise<void> {
    const spared = which === undefined ? undefined : this.#logins[which % Math.max(this.#logins.length, 1)]
    const ending: Ending = { begun: this.#now, ended: undefined, except: spared?.id }
    this.#endings.push(ending)
    await manager.destroyAllOf(USER, spared === undefined ? {} : { except: spared.session.id })
    ending.ended = this.#now
  }

  /** What it was about to send is never sent, and another takes its place. */
  #crash(which: number): void {
    const at = which % this.#instances.length
    const instance = this.#instances[at]!
    this.#wire.drop(instance.link)
    instance.isDead = true
    instance.die()
    this.#instances[at] = this.#begin()
  }

  #run(which: number, work: (instance: Instance) => Promise<void>): Promise<void> {
    const instance = this.#instances[which % this.#instances.length]!
    return this.#runOn(instance, work(instance))
  }

  async #runOn({ death }: Instance, work: Promise<void>): Promise<void> {
    this.#running.push(Promise.race([work, death]))
    await settled()
  }

  /** Straight from Redis. */
  async #liveRecords(): Promise<{ key: string; login: number }[]> {
    const keys = (await this.#redis.keys(`${this.#prefix}*`)).filter(key => !key.startsWith(`${this.#prefix}user:`))
    const values = await Promise.all(keys.map(key => this.#redis.get(key)))
    return values.flatMap((value, i) => {
      if (!value?.startsWith('{')) return []
      const { u, d } = JSON.parse(value) as { u?: string; d: { login: number } }
      return u === undefined ? [] : [{ key: keys[i]!, login: d.login }]
    })
  }
}

function ignore(): undefined {}
