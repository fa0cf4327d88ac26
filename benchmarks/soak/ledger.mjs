/**
 * Users at work on all providers of this process, and an account of what was acknowledged to them. Each user is counted by one task,
 * so whatever a read shows less than that was lost, or was read from a node that is not the primary any more.
 */
import { createHash } from 'node:crypto'
import { isSessionError } from '@sentinel-session/core'

const USERS = 20
const COMERS = 4
const THINK_MS = 10
/** Slower, since every one of them is remembered. */
const COME_AND_GO_MS = 100
const STALL_MS = 30_000

export class Ledger {
  /** How many errors of each code. */
  errors = {}
  updates = 0
  logouts = 0
  /** Reads that found no session, and reads that showed less than was acknowledged. */
  empty = 0
  stale = 0
  /** The longest that anybody has waited for one step, since somebody asked. */
  #longestMs = 0
  #providers
  #tell
  #users = []
  #ended = []
  #verified = 0
  #resurrected = 0
  #work = []
  #isOver = false

  /** `tell` hears at once when more is missing to a user than before: the sooner, the easier it is found out why. */
  constructor(providers, tell) {
    this.#providers = providers
    this.#tell = tell
  }

  async begin() {
    for (let i = 0; i < USERS; i++) this.#users.push(await this.#newUser(i))
    for (const user of this.#users) this.#work.push(this.#repeat(() => this.#count(user), THINK_MS))
    for (let i = 0; i < COMERS; i++) this.#work.push(this.#repeat(() => this.#comeAndGo(), COME_AND_GO_MS))
  }

  /** Resolves when every user has got further: nobody hangs. Rejects after 30 s. */
  async everybodyMoves() {
    const before = this.#users.map(({ acknowledged }) => acknowledged)
    const deadline = performance.now() + STALL_MS
    for (;;) {
      const stuck = this.#users.filter((user, i) => user.acknowledged === before[i]).length
      if (stuck === 0) return
      if (performance.now() > deadline) throw new Error(`${stuck} of ${USERS} users got no answer within 30 s`)
      await pause(10)
    }
  }

  takeLongestMs() {
    const longest = this.#longestMs
    this.#longestMs = 0
    return longest
  }

  /** How many of those who have logged out since the last call are logged in, by a look at both providers. */
  async countResurrected() {
    const { length } = this.#ended
    for (; this.#verified < length; this.#verified++) await this.#expectEnded(this.#ended[this.#verified])
    return this.#resurrected
  }

  async end() {
    this.#isOver = true
    await Promise.all(this.#work)
  }

  /** Compares with what is stored; all that ever logged out are looked at again. */
  async balance() {
    const balance = { lost: 0, duplicated: 0, resurrected: 0 }
    for (const { sid, acknowledged, unknown } of this.#users) {
      const stored = (await this.#anyProvider.sessionRead(sid)).get('n') ?? 0
      balance.lost += Math.max(0, acknowledged - stored)
      balance.duplicated += Math.max(0, stored - acknowledged - unknown)
    }
    for (const sid of this.#ended) await this.#expectEnded(sid)
    balance.resurrected = this.#resurrected
    return balance
  }

  /** Lets go of all sids, so that only what the providers keep is left. */
  forget() {
    this.#users = []
    this.#ended = []
    this.#work = []
  }

  get #anyProvider() {
    return this.#providers[Math.floor(Math.random() * this.#providers.length)]
  }

  async #expectEnded(sid) {
    const found = await Promise.all(this.#providers.map(provider => provider.sessionExist(sid)))
    if (found.includes(true)) this.#resurrected += 1
  }

  async #repeat(step, thinkMs) {
    while (!this.#isOver) {
      const start = performance.now()
      await step().catch(error => this.#note(error))
      this.#longestMs = Math.max(this.#longestMs, performance.now() - start)
      await pause(thinkMs)
    }
  }

  #note(error) {
    const code = isSessionError(error) ? error.code : String(error)
    this.errors[code] = (this.errors[code] ?? 0) + 1
  }

  async #newUser(name) {
    return { name, sid: await this.#login(), acknowledged: 0, unknown: 0, missing: 0 }
  }

  async #login() {
    const session = await this.#anyProvider.sessionRead('')
    session.set('n', 0)
    await session.save()
    return session.sessionId()
  }

  async #count(user) {
    const session = await this.#anyProvider.sessionRead(user.sid)
    const n = session.get('n')
    if (n === undefined) this.empty += 1
    else this.#compare(user, n)
    session.update('n', now => now + 1)
    user.unknown += 1
    await session.save()
    user.unknown -= 1
    user.acknowledged += 1
    this.updates += 1
  }

  #compare(user, n) {
    const missing = Math.max(0, user.acknowledged - n)
    if (missing > 0) this.stale += 1
    if (missing > user.missing) {
      this.#tell(`user ${user.name}, ${keyOf(user.sid)}, reads ${n}, ${user.acknowledged} were acknowledged`)
    }
    user.missing = missing
  }

  async #comeAndGo() {
    const sid = await this.#login()
    await this.#anyProvider.sessionDestroy(sid)
    this.#ended.push(sid)
    this.logouts += 1
  }
}

/** What the session is stored under. */
function keyOf(sid) {
  return `sess:${createHash('sha256').update(sid).digest('base64url')}`
}

function pause(ms) {
  return new Promise(resolve => setTimeout(resolve, ms))
}
