/** A request that is under way: its session, and what becomes of both at its end. */
import type { OldSession } from './adoption.ts'
import type { Awaitable } from './codec.ts'
import type { CookieReading } from './cookies/session-cookie.ts'
import type { Answer, Opened } from './exchanges.ts'
import type { HeadPatch } from './head-patch.ts'
import type { Policy, RequestFacts } from './options.ts'
import { type CommitPlan, planCommit, type SessionState } from './plan-commit.ts'
import { requireSecure } from './require-secure.ts'
import { Session } from './session.ts'
import type { Surroundings } from './surroundings.ts'
import type { SidTransport } from './transport.ts'

const NOTHING: CommitPlan = { write: 'none', cookie: 'none', vary: false }
const UNCHANGED: HeadPatch = Object.freeze({ append: [], set: [] })

export interface OpenRequestParts {
  request: RequestFacts
  transport: SidTransport
  /** As the request brought the sid. */
  cookie: CookieReading
  policy: Policy
  clock: Surroundings['clock']
  old: OldSession | undefined
  /** An adapter commits once; then the session is sealed. */
  byAdapter: boolean
}

export class OpenRequest<T extends object, R extends Partial<T>> implements Opened<T, R> {
  readonly session: Session<T, R>
  readonly #parts: OpenRequestParts
  /** The visitor has a cookie of our name. */
  #isHeld: boolean

  constructor(session: Session<T, R>, parts: OpenRequestParts) {
    this.session = session
    this.#parts = parts
    const { cookie } = parts
    this.#isHeld = !('reason' in cookie) || cookie.reason !== 'none'
  }

  /** A property, since adapters take it out of its object. At once where nothing has to be stored; it rejects, and never throws. */
  readonly commit = (response: Answer): Awaitable<HeadPatch> => {
    // Of a visitor without a session, whom nobody has asked for one: known without a plan.
    if (Session.isUntouched(this.session)) return this.#answer(NOTHING, response)
    try {
      const told = Session.stateOf(this.session)
      return told instanceof Promise ? told.then(state => this.#end(state, response)) : this.#end(told, response)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #end(state: SessionState, response: Answer): Awaitable<HeadPatch> {
    const { request, transport, cookie, policy } = this.#parts
    state.cookieHeld &&= this.#isHeld
    state.cookieDue ||= state.stored && !state.superseded && 'sid' in cookie && cookie.outdated
    const plan = planCommit(state, policy, response.status)
    if (plan.cookie === 'set' && transport.secure) requireSecure(request)
    if (plan.write === 'none') return this.#answer(plan, response)
    return Session.write(this.session, plan.write).then(goesOut =>
      this.#answer(goesOut ? plan : { ...plan, cookie: 'none' }, response),
    )
  }

  #answer(plan: CommitPlan, response: Answer): HeadPatch {
    const { old, byAdapter } = this.#parts
    this.#isHeld ||= plan.cookie === 'set'
    if (byAdapter) Session.seal(this.session)
    const patch = this.#patch(plan, response)
    return old === undefined ? patch : { ...patch, append: [...old.headers, ...patch.append] }
  }

  #patch(plan: CommitPlan, response: Answer): HeadPatch {
    const { transport } = this.#parts
    const vary = [['Vary', transport.vary]] as const
    if (plan.cookie === 'none') return plan.vary ? { append: vary, set: [] } : UNCHANGED
    const { append, set } = plan.cookie === 'clear' ? transport.clear() : this.#setSid()
    const isStored = !/(?:^|[\s,])no-store(?:$|[\s,;])/i.test(response.cacheControl ?? '')
    return { append: [...append, ...vary], set: isStored ? [...set, ['Cache-Control', 'no-store']] : set }
  }

  #setSid(): HeadPatch {
    const { transport, clock } = this.#parts
    const now = clock.now()
    const absoluteMs = Session.absoluteDeadlineOf(this.session) - now
    return transport.set(this.session.sessionId(), this.session.expiresAt! - now, absoluteMs)
  }
}
