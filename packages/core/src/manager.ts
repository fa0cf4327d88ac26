/** The manager: opens the session of a request and, before the response head leaves, commits it. */
import type { Call } from './backend.ts'
import { systemClock } from './clock.ts'
import { type CookieReading, resolveSessionCookie, type SessionCookie } from './cookies/session-cookie.ts'
import { isSessionError, SessionError } from './errors.ts'
import { notify, type RequestEvent } from './events.ts'
import type { Surroundings } from './kept-session.ts'
import { knownKeys } from './known-keys.ts'
import { memoryBackend } from './memory-backend.ts'
import { type ManagerOptions, type Policy, type RequestFacts, resolvePolicy, SESSION_OPTION_NAMES } from './options.ts'
import { type CommitPlan, planCommit } from './plan-commit.ts'
import { createProvider, type Provider, storageOf } from './provider.ts'
import { type Origin, Session } from './session.ts'
import type { DefaultData, Reads, SessionStore } from './session-store.ts'
import { handleOf } from './sid.ts'
import type { Storage } from './storage.ts'
import { destroyAllOf, generationOf, type SessionInfo, sessionsOf, userIndexOf } from './users/user-sessions.ts'

export interface Manager<T extends object = DefaultData, R extends Partial<T> = Reads<T>> {
  /** Adapters call it at the start of a request. Rejects with `ERR_BACKEND_UNAVAILABLE` or `ERR_RECORD_MALFORMED`. */
  open(request: RequestFacts): Promise<OpenSession<T, R>>
  /** The session of a sid, outside a request (a WebSocket, a job): end with `save()`. Null: absent, ended or expired. */
  read(sid: string): Promise<SessionStore<T, R> | null>
  /**
   * The user's live sessions, the oldest first: "your devices". This and the next two reject with `ERR_CONFIG_CAPABILITY` where the backend
   * knows no users.
   */
  sessionsOf(userId: string): Promise<readonly SessionInfo[]>
  /**
   * Ends all sessions of the user, but for the one whose id is `except`; answers how many there were. When it resolves they are gone for
   * good, and a `bind` whose `since` is older is refused. To be called after a password was changed (OWASP ASVS 7.4.3).
   */
  destroyAllOf(userId: string, options?: { except?: string }): Promise<number>
  /** Raised by `destroyAllOf`. Ask before a password is checked, and pass it to `bind` as `since`. */
  generationOf(userId: string): Promise<number>
  getProvider(): Provider
  /** Connected, or rejects with the `ERR_BACKEND_*` that says why not. */
  ready(): Promise<void>
  /** Lets running commits end; closes only what the manager made. */
  close(): Promise<void>
}

export interface OpenSession<T extends object = DefaultData, R extends Partial<T> = Reads<T>> {
  session: SessionStore<T, R>
  /** Once, before the head leaves. What it returns belongs on the response, also when the handler failed. */
  commit(response: { status: number; cacheControl?: string }): Promise<HeadPatch>
}

/** `append` for Set-Cookie and Vary, `set` for Cache-Control. */
export type HeadPatch = Record<'append' | 'set', readonly (readonly [name: string, value: string])[]>

/** The longest that a request may wait for the store; a backend may say less (DESIGN 6.4). */
const LONGEST_WAIT_MS = 15_000

const UNCHANGED: HeadPatch = Object.freeze({ append: [], set: [] })
const VARY: HeadPatch = Object.freeze({ append: [['Vary', 'Cookie']] as const, set: [] })

/** Throws `ERR_CONFIG_*` for options that are unknown or cannot work. */
export function createSessionManager<T extends object = DefaultData>(options: ManagerOptions<T> = {}): Manager<T> {
  knownKeys(options, [...SESSION_OPTION_NAMES, 'provider', 'clock'])
  const clock = options.clock ?? systemClock
  return new SessionManager<T>(
    options.provider ?? createProvider(memoryBackend({ clock })),
    options.provider === undefined,
    resolvePolicy(options),
    resolveSessionCookie(options.cookie ?? {}),
    clock,
  )
}

class SessionManager<T extends object> implements Manager<T> {
  readonly #provider: Provider
  readonly #ownsProvider: boolean
  readonly #storage: Storage
  readonly #policy: Policy
  readonly #cookie: SessionCookie
  readonly #clock: Surroundings['clock']

  constructor(
    provider: Provider,
    ownsProvider: boolean,
    policy: Policy,
    cookie: SessionCookie,
    clock: Surroundings['clock'],
  ) {
    this.#provider = provider
    this.#ownsProvider = ownsProvider
    this.#storage = storageOf(provider)
    this.#policy = policy
    if (policy.users.max !== undefined) userIndexOf(provider.backend)
    this.#cookie = cookie
    this.#clock = clock
  }

  async open(request: RequestFacts): Promise<OpenSession<T>> {
    const around = this.#around()
    const cookie = this.#cookie.read(request.header('cookie'))
    const session = new Session<T>(around, await this.#origin(cookie, around.call, request))
    const end = Session.endOf(session)
    return {
      session,
      commit: async ({ status, cacheControl }) => {
        const state = await end.state()
        const plan = planCommit(
          {
            ...state,
            cookieHeld: !('reason' in cookie) || cookie.reason !== 'none',
            cookieDue: state.cookieDue || (state.stored && 'sid' in cookie && cookie.outdated),
          },
          this.#policy,
          status,
        )
        if (plan.cookie === 'set') this.#requireSecure(request)
        if (plan.write !== 'none') await end.write(plan.write)
        end.seal()
        return this.#patch(plan, session, cacheControl)
      },
    }
  }

  async read(sid: string): Promise<SessionStore<T> | null> {
    if (!this.#storage.layout.acceptsSid(sid)) return null
    const around = this.#around()
    const origin = await this.#readOrigin(sid, around.call)
    return origin.status === 'live' ? new Session<T>(around, origin) : null
  }

  sessionsOf(userId: string): Promise<readonly SessionInfo[]> {
    return sessionsOf(this.#storage, userId)
  }

  destroyAllOf(userId: string, { except }: { except?: string } = {}): Promise<number> {
    return destroyAllOf(this.#storage, userId, except)
  }

  generationOf(userId: string): Promise<number> {
    return generationOf(this.#storage, userId)
  }

  getProvider(): Provider {
    return this.#provider
  }

  ready(): Promise<void> {
    return this.#provider.ready()
  }

  async close(): Promise<void> {
    if (this.#ownsProvider) await this.#provider.close()
  }

  #around(): Surroundings {
    const call = { budget: { leftMs: LONGEST_WAIT_MS } }
    return { storage: this.#storage, policy: this.#policy, clock: this.#clock, call }
  }

  async #origin(cookie: CookieReading, call: Call, request: RequestFacts): Promise<Origin> {
    if ('reason' in cookie) {
      if (cookie.reason !== 'none') this.#reject(cookie.reason)
      return { status: 'new' }
    }
    const { sid } = cookie
    if (!this.#storage.layout.acceptsSid(sid)) {
      this.#reject('malformed')
      return { status: 'new' }
    }
    const read = (): Promise<Origin> => this.#readOrigin(sid, call).catch(error => this.#withoutStore(error, request))
    return this.#policy.lazy ? { status: 'unread', sid, read } : read()
  }

  async #readOrigin(sid: string, call: Call): Promise<Origin> {
    const key = await this.#storage.keyOf(sid)
    const loaded = await this.#storage.read(key, call).catch((error: unknown) => {
      if (this.#policy.onMalformed === 'fail' || !isSessionError(error, 'ERR_RECORD_MALFORMED')) throw error
      return 'malformed' as const
    })
    if (loaded === 'malformed') {
      this.#reject('record')
      return { status: 'new' }
    }
    if (loaded === 'retired') {
      this.#reject('retired', handleOf(sid))
      return { status: 'retired', sid }
    }
    if (loaded === null) {
      this.#reject('unknown', handleOf(sid))
      return { status: 'new' }
    }
    if (loaded.record.createdAt + this.#policy.absoluteMs <= this.#clock.now()) {
      notify(this.#policy.onEvent, { type: 'expired', id: handleOf(sid) })
      return { status: 'new' }
    }
    return { status: 'live', sid, loaded }
  }

  /** The store could not be asked: the policy of the application decides, never a new session. */
  #withoutStore(error: unknown, request: RequestFacts): Origin {
    const { onUnavailable } = this.#policy
    if (!isSessionError(error) || error.status !== 503) throw error
    const choice = typeof onUnavailable === 'function' ? onUnavailable(request) : onUnavailable
    if (choice !== 'anonymous') throw error
    return { status: 'degraded' }
  }

  /** A Secure cookie over plain http is lost on the way, or worse, kept from nobody: said aloud instead of downgraded. */
  #requireSecure(request: RequestFacts): void {
    if (!this.#cookie.secure || request.secure || isLoopback(request.host)) return
    const message =
      'A Secure session cookie cannot be set over plain http. Behind a TLS proxy, let the framework trust it ' +
      '(Koa: app.proxy = true). Without TLS, say so: cookie: { secure: false }.'
    throw new SessionError('ERR_CONFIG_INSECURE', message, { field: 'cookie.secure' })
  }

  #patch(plan: CommitPlan, session: SessionStore<T>, cacheControl = ''): HeadPatch {
    if (plan.cookie === 'none') return plan.vary ? VARY : UNCHANGED
    const cookie =
      plan.cookie === 'clear'
        ? this.#cookie.clear()
        : this.#cookie.set(session.sessionId(), session.expiresAt! - this.#clock.now())
    return {
      append: [['Set-Cookie', cookie], ...VARY.append],
      set: /(?:^|[\s,])no-store(?:$|[\s,;])/i.test(cacheControl) ? [] : [['Cache-Control', 'no-store']],
    }
  }

  #reject(reason: Extract<RequestEvent, { type: 'rejected' }>['reason'], id = ''): void {
    notify(this.#policy.onEvent, { type: 'rejected', id, reason })
  }
}

const LOOPBACK = /^(?:localhost|[\w-]+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i

/** Browsers take Secure cookies from these over plain http. */
function isLoopback(host: string): boolean {
  return LOOPBACK.test(host)
}
