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
import { SentinelBackend } from '../../src/redis-backend.ts'
import { type Fate, type Successor, settled, type Wire } from './wire.ts'

export type UserStep =
  | { do: 'login'; instance: number; isCareful: boolean }
  | { do: 'regenerate' | 'change' | 'logout'; login: number }
  | { do: 'destroyAll'; instance: number; except: number | undefined }
  | { do: 'list'; instance: number }
  | { do: 'wire'; which: number; fate: Fate }
  | { do: 'late'; which: number }
  | { do: 'snapshot' }
  | { do: 'failover'; to: Successor }

/** Times are counts of what has happened. */
interface Login {
  id: number
  session: SessionStore
  /** When it knew the generation, if it is a careful one. */
  asked: number | undefined
  begun: number
  acknowledged: number | undefined
  busy: boolean
  loggedOut: boolean
}

interface Ending {
  begun: number
  ended: number | undefined
  /** The login that is spared. */
  except: number | undefined
}

const USER = 'ada@example.com'

export class UserWorld {
  readonly #redis: Redis
  readonly #wire: Wire
  readonly #prefix: string
  readonly #max: number | undefined
  readonly #managers: Manager[]
  readonly #logins: Login[] = []
  readonly #endings: Ending[] = []
  readonly #running: Promise<void>[] = []
  #now = 0

  constructor(redis: Redis, wire: Wire, prefix: string, users: UserOptions) {
    this.#redis = redis
    this.#wire = wire
    this.#prefix = prefix
    this.#max = users.maxSessions
    this.#managers = Array.from({ length: 3 }, () => {
      const provider = createProvider(new SentinelBackend(wire.link()), { keyPrefix: prefix })
      return createSessionManager({ provider, users })
    })
  }

  async take(step: UserStep): Promise<void> {
    this.#now += 1
    switch (step.do) {
      case 'login':
        return this.#run(this.#login(this.#manager(step.instance), step.isCareful))
      case 'destroyAll':
        return this.#run(this.#destroyAll(this.#manager(step.instance), step.except))
      case 'list':
        return this.#run(this.#manager(step.instance).sessionsOf(USER).then(ignore))
      case 'wire':
        return this.#wire.step(step.which, step.fate)
      case 'late':
        return this.#wire.late(step.which)
      case 'snapshot':
        return this.#wire.snapshot()
      case 'failover':
        return this.#wire.change(step.to)
      default:
        return this.#run(this.#act(step.do, step.login))
    }
  }

  /** Lets everything end, then says which promise is broken; undefined when all are kept. */
  async verdict(): Promise<string | undefined> {
    await this.#wire.until(Promise.all(this.#running))
    await this.#wire.latecomers()
    for (const manager of this.#managers) await this.#wire.until(manager.sessionsOf(USER))
    const live = await this.#liveRecords()
    const logins = new Set(live.map(({ login }) => login))
    for (const { login } of live) {
      const broken = this.#mustBeGone(this.#logins.find(({ id }) => id === login)!)
      if (broken !== undefined) return broken
    }
    for (const login of this.#logins) {
      if (this.#mustBeThere(login) && !logins.has(login.id)) return `acknowledged is there: login ${login.id}`
    }
    if (this.#max !== undefined && live.length > this.#max) return `the limit: ${live.length} sessions live`
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
    const shown = await this.#wire.until(this.#managers[0]!.sessionsOf(USER))
    if (shown.length !== keys.length) return `the list: ${shown.length} shown, ${keys.length} live`
    return undefined
  }

  /** Whoever is logged in can get a new sid: nobody was left half ended. */
  async #cannotGoOn(live: readonly { login: number }[]): Promise<string | undefined> {
    for (const { id, session } of this.#logins) {
      if (!live.some(({ login }) => login === id) || !this.#mustBeThere(this.#logins[id]!)) continue
      session.regenerate()
      const failure = await this.#wire.until(session.save().then(ignore, String))
      if (failure !== undefined) return `goes on: login ${id} says ${failure}`
    }
    return undefined
  }

  async #login(manager: Manager, isCareful: boolean): Promise<void> {
    const begun = this.#now
    const since = isCareful ? { since: await manager.generationOf(USER) } : {}
    const { session } = await manager.open({ secure: true, host: 'example.com', url: '/', header: () => undefined })
    const asked = isCareful ? this.#now : undefined
    const login: Login = {
      id: this.#logins.length,
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
    await this.#save(login)
    if (session.expiresAt !== null) login.acknowledged = this.#now
  }

  async #act(what: 'regenerate' | 'change' | 'logout', which: number): Promise<void> {
    const login = this.#logins[which % Math.max(this.#logins.length, 1)]
    if (login === undefined || login.busy || login.acknowledged === undefined || login.session.status !== 'live') return
    login.busy = true
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

  async #save(login: Login): Promise<void> {
    await login.session.save().catch(error => {
      if (!isSessionError(error)) throw error
      if (!['ERR_SESSION_DESTROYED', 'ERR_SESSION_CONFLICT', 'ERR_SESSION_LIMIT'].includes(error.code)) throw error
    })
    login.busy = false
  }

  async #destroyAll(manager: Manager, which: number | undefined): Promise<void> {
    const spared = which === undefined ? undefined : this.#logins[which % Math.max(this.#logins.length, 1)]
    const ending: Ending = { begun: this.#now, ended: undefined, except: spared?.id }
    this.#endings.push(ending)
    await manager.destroyAllOf(USER, spared === undefined ? {} : { except: spared.session.id })
    ending.ended = this.#now
  }

  #manager(instance: number): Manager {
    return this.#managers[instance % this.#managers.length]!
  }

  async #run(work: Promise<void>): Promise<void> {
    this.#running.push(work)
    await settled()
  }

  /** Straight from Redis. */
  async #liveRecords(): Promise<{ key: string; login: number }[]> {
    const keys = (await this.#redis.keys(`${this.#prefix}*`)).filter(key => !key.startsWith(`${this.#prefix}user:`))
    const values = await Promise.all(keys.map(key => this.#redis.get(key)))
    return values.flatMap((value, i) =>
      value?.startsWith('{') ? [{ key: keys[i]!, login: (JSON.parse(value) as { d: { login: number } }).d.login }] : [],
    )
  }
}

function ignore(): undefined {}
