/** Users at work on two backends, and an account of what was acknowledged to them, to be compared with what is stored. */
import { isSessionError } from '@sentinel-session/core'
import { type RedisBackendOptions, type RedisProvider, redisSentinelProvider } from '@sentinel-session/redis'

interface User {
  sid: string
  acknowledged: number
  unknown: number
}

export interface Balance {
  /** Acknowledged updates that are not stored. */
  lost: number
  /** Updates that are stored, and were neither acknowledged nor left unknown. */
  duplicated: number
  /** Sessions that are alive after an acknowledged logout. */
  resurrected: number
  /** Reads that found no session where there was one. */
  empty: number
  /** The codes of what was thrown. */
  errors: string[]
}

const USERS = 10
const THINK_MS = 10

export class Ledger {
  readonly providers: readonly RedisProvider[]
  readonly #users: User[] = []
  readonly #loggedOut: string[] = []
  readonly #errors: string[] = []
  readonly #work: Promise<void>[] = []
  #empty = 0
  #updates = 0
  #isOver = false

  constructor(options: RedisBackendOptions) {
    this.providers = [redisSentinelProvider(options), redisSentinelProvider(options)]
  }

  /** Everybody logs in and starts to count; two more do nothing but log in and out. */
  async begin(): Promise<void> {
    for (let i = 0; i < USERS; i++) this.#users.push({ sid: await this.#login(), acknowledged: 0, unknown: 0 })
    this.#work.push(...this.#users.map(user => this.#repeat(() => this.#count(user))))
    this.#work.push(...this.providers.map(() => this.#repeat(() => this.#comeAndGo())))
  }

  /** From now on everybody looks at pages, too. */
  browse(): void {
    this.#work.push(...this.#users.map(user => this.#repeat(() => this.#look(user))))
  }

  /** Resolves when so many more updates were acknowledged: the users are at work again. */
  async progress(updates: number): Promise<void> {
    const goal = this.#updates + updates
    while (this.#updates < goal) await new Promise(resolve => setTimeout(resolve, 5))
  }

  async end(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#work)
  }

  /** Compares with what is stored now. */
  async balance(): Promise<Balance> {
    const balance: Balance = { lost: 0, duplicated: 0, resurrected: 0, empty: this.#empty, errors: this.#errors }
    for (const { sid, acknowledged, unknown } of this.#users) {
      const stored = ((await this.#anyProvider.sessionRead(sid)).get('n') as number | undefined) ?? 0
      balance.lost += Math.max(0, acknowledged - stored)
      balance.duplicated += Math.max(0, stored - acknowledged - unknown)
    }
    for (const sid of this.#loggedOut) if (await this.#anyProvider.sessionExist(sid)) balance.resurrected += 1
    return balance
  }

  async close(): Promise<void> {
    await this.end()
    for (const provider of this.providers) await provider.close()
  }

  get #anyProvider(): RedisProvider {
    return this.providers[Math.floor(Math.random() * this.providers.length)]!
  }

  async #repeat(step: () => Promise<void>): Promise<void> {
    while (!this.#isOver) {
      await step().catch(error => this.#errors.push(isSessionError(error) ? error.code : String(error)))
      await new Promise(resolve => setTimeout(resolve, THINK_MS))
    }
  }

  async #login(): Promise<string> {
    const session = await this.#anyProvider.sessionRead('')
    session.set('n', 0)
    await session.save()
    return session.sessionId()
  }

  async #count(user: User): Promise<void> {
    const session = await this.#anyProvider.sessionRead(user.sid)
    if (session.get('n') === undefined) this.#empty += 1
    session.update('n', n => (n as number) + 1)
    user.unknown += 1
    await session.save()
    user.unknown -= 1
    user.acknowledged += 1
    this.#updates += 1
  }

  async #look({ sid }: User): Promise<void> {
    if ((await this.#anyProvider.sessionRead(sid)).get('n') === undefined) this.#empty += 1
  }

  async #comeAndGo(): Promise<void> {
    const sid = await this.#login()
    await this.#anyProvider.sessionDestroy(sid)
    this.#loggedOut.push(sid)
  }
}
