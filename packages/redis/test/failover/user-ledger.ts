/** Logins of a few users on two backends, all of whose sessions are ended again and again, and an account of who may be logged in. */
import { createSessionManager, isSessionError, type Manager } from '@sentinel-session/core'
import { type RedisBackendOptions, type RedisProvider, redisSentinelProvider } from '@sentinel-session/redis'

/** Instants are of `performance.now()`. */
interface Login {
  userId: string
  sid: string
  acknowledged: number
}

export interface UserBalance {
  logins: number
  endings: number
  /** Sessions that are alive though all were ended after their login. */
  outlived: number
  /** Sessions that are gone though nobody has ended them. */
  lost: number
  /** Live sessions that the list of their user does not show. */
  unlisted: number
  /** Most live sessions of one user. */
  most: number
  errors: string[]
}

const USER_IDS = ['ada', 'bob', 'eve']
const THINK_MS = 10
/** One in so many steps ends all sessions of the user. */
const ENDING = 10

export class UserLedger {
  readonly #providers: readonly RedisProvider[]
  readonly #managers: readonly Manager[]
  readonly #logins: Login[] = []
  /** The last one of each user, when it began and when it was done. */
  readonly #endings = new Map<string, { begun: number; ended: number }>()
  readonly #errors: string[] = []
  readonly #work: Promise<void>[] = []
  #steps = 0
  #ended = 0
  #isOver = false

  constructor(options: RedisBackendOptions, maxSessions?: number) {
    this.#providers = [redisSentinelProvider(options), redisSentinelProvider(options)]
    const users = maxSessions === undefined ? {} : { maxSessions }
    this.#managers = this.#providers.map(provider => createSessionManager({ provider, users }))
  }

  begin(): void {
    for (const manager of this.#managers) for (const userId of USER_IDS) this.#work.push(this.#repeat(manager, userId))
  }

  /** Resolves when so many more steps were taken. */
  async progress(steps: number): Promise<void> {
    const goal = this.#steps + steps
    while (this.#steps < goal) await new Promise(resolve => setTimeout(resolve, 5))
  }

  async end(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#work)
  }

  /** Compares with what is stored now. */
  async balance(): Promise<UserBalance> {
    const [manager] = this.#managers as [Manager]
    const balance = { logins: this.#logins.length, endings: this.#ended, outlived: 0, lost: 0, unlisted: 0, most: 0 }
    for (const userId of USER_IDS) {
      const ids = new Set((await manager.sessionsOf(userId)).map(({ id }) => id))
      const { begun, ended } = this.#endings.get(userId) ?? { begun: 0, ended: 0 }
      let live = 0
      for (const { sid, acknowledged } of this.#logins.filter(login => login.userId === userId)) {
        const session = await manager.read(sid)
        if (session !== null) live += 1
        if (session !== null && acknowledged < begun) balance.outlived += 1
        if (session !== null && !ids.has(session.id)) balance.unlisted += 1
        if (session === null && acknowledged > ended) balance.lost += 1
      }
      balance.most = Math.max(balance.most, live)
    }
    return { ...balance, errors: this.#errors }
  }

  async close(): Promise<void> {
    await this.end()
    for (const manager of this.#managers) await manager.close()
    for (const provider of this.#providers) await provider.close()
  }

  async #repeat(manager: Manager, userId: string): Promise<void> {
    while (!this.#isOver) {
      this.#steps += 1
      try {
        if (this.#steps % ENDING === 0) await this.#endAll(manager, userId)
        else await this.#login(manager, userId)
      } catch (error) {
        // A login that was under way when all were ended.
        if (!isSessionError(error, 'ERR_SESSION_CONFLICT')) {
          this.#errors.push(isSessionError(error) ? `${error.code}: ${error.message}` : String(error))
        }
      }
      await new Promise(resolve => setTimeout(resolve, THINK_MS))
    }
  }

  async #endAll(manager: Manager, userId: string): Promise<void> {
    const begun = performance.now()
    await manager.destroyAllOf(userId)
    const before = this.#endings.get(userId)
    // Of two at once the one that began later counts; who logged in between is nobody's concern.
    const ended = Math.max(performance.now(), before?.ended ?? 0)
    this.#endings.set(userId, { begun: Math.max(begun, before?.begun ?? 0), ended })
    this.#ended += 1
  }

  /** Some log in with a session that they have, and some get another sid at once. */
  async #login(manager: Manager, userId: string): Promise<void> {
    const request = { secure: true, host: 'example.com', url: '/', header: () => undefined }
    const { session } = await manager.open(request)
    const variety = this.#steps % 3
    if (variety === 1) {
      session.set('cart', 1)
      await session.save()
    }
    session.bind(userId, { label: `device ${this.#steps}`, since: await manager.generationOf(userId) })
    await session.save()
    const acknowledged = performance.now()
    if (variety === 2) {
      session.regenerate()
      try {
        await session.save()
      } catch (error) {
        if (isSessionError(error, 'ERR_SESSION_DESTROYED')) return
        throw error
      }
    }
    this.#logins.push({ userId, sid: session.sessionId(), acknowledged })
  }
}
