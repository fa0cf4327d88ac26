/** The manager: opens the session of a request and, before the response head leaves, commits it. */
import type { Call } from './backend.ts'
import { systemClock } from './clock.ts'
import { type CookieReading, resolveSessionCookie, type SessionCookie } from './cookies/session-cookie.ts'
import { isSessionError, SessionError } from './errors.ts'
import { notify, type RequestEvent } from './events.ts'
import { findSession } from './find-session.ts'
import { knownKeys } from './known-keys.ts'
import { memoryBackend } from './memory-backend.ts'
import { type ManagerOptions, type Policy, type RequestFacts, resolvePolicy, SESSION_OPTION_NAMES } from './options.ts'
import { liveOrigin, type Origin } from './origin.ts'
import { planCommit } from './plan-commit.ts'
import { createProvider, type Provider, storageOf } from './provider.ts'
import { Session, type SessionEnd } from './session.ts'
import type { DefaultData, Reads, SessionStore } from './session-store.ts'
import { createShape, type Shape } from './shape.ts'
import { handleOf } from './sid.ts'
import type { Storage } from './storage.ts'
import type { Surroundings } from './surroundings.ts'

export interface Manager<T extends object = DefaultData, R extends Partial<T> = Reads<T>> {
  /** Adapters call it at the start of a request. Rejects with `ERR_BACKEND_UNAVAILABLE` or `ERR_RECORD_MALFORMED`. */
  open(request: RequestFacts): Promise<OpenSession<T, R>>
  /**
   * The session of a sid, outside a request (a WebSocket, a job): end with `save()`, which also moves the idle deadline. Null: absent,
   * ended, expired, or a sid that was replaced. Rejects as `open`.
   */
  read(sid: string): Promise<SessionStore<T, R> | null>
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
export function createSessionManager<T extends object = DefaultData, In = unknown>(
  options: ManagerOptions<T, In> = {},
): Manager<T, Reads<T, In>> {
  knownKeys(options, [...SESSION_OPTION_NAMES, 'provider', 'clock'])
  const clock = options.clock ?? systemClock
  return new SessionManager<T, Reads<T, In>>(
    options.provider ?? createProvider(memoryBackend({ clock })),
    options.provider === undefined,
    resolvePolicy(options),
    createShape(options.schema, options.migrate),
    resolveSessionCookie(options.cookie ?? {}),
    clock,
  )
}

class SessionManager<T extends object, R extends Partial<T>> implements Manager<T, R> {
  readonly #provider: Provider
  readonly #ownsProvider: boolean
  readonly #storage: Storage
  readonly #policy: Policy
  readonly #shape: Shape
  readonly #cookie: SessionCookie
  readonly #clock: Surroundings['clock']

  constructor(
    provider: Provider,
    ownsProvider: boolean,
    policy: Policy,
    shape: Shape,
    cookie: SessionCookie,
    clock: Surroundings['clock'],
  ) {
    this.#provider = provider
    this.#ownsProvider = ownsProvider
    this.#storage = storageOf(provider)
    this.#policy = policy
    this.#shape = shape
    this.#cookie = cookie
    this.#clock = clock
  }

  async open(request: RequestFacts): Promise<OpenSession<T, R>> {
    const around = this.#around({ budget: { leftMs: LONGEST_WAIT_MS } })
    const cookie = this.#cookie.read(request.header('cookie'))
    const session = new Session<T, R>(around, await this.#origin(cookie, around.call, request))
    const end = Session.endOf(session)
    return {
      session,
      commit: async ({ status, cacheControl }) => {
        const state = await end.state()
        const plan = planCommit(
          {
            ...state,
            cookieHeld: state.cookieHeld && (!('reason' in cookie) || cookie.reason !== 'none'),
            cookieDue: state.cookieDue || (state.stored && !state.superseded && 'sid' in cookie && cookie.outdated),
          },
          this.#policy,
          status,
        )
        if (plan.cookie === 'set') this.#requireSecure(request)
        const goesOut = plan.write === 'none' || (await end.write(plan.write))
        end.seal()
        if (!goesOut || plan.cookie === 'none') return plan.vary ? VARY : UNCHANGED
        return headPatch(plan.cookie === 'clear' ? this.#cookie.clear() : this.#setCookie(session, end), cacheControl)
      },
    }
  }

  async read(sid: string): Promise<SessionStore<T, R> | null> {
    if (!this.#storage.layout.acceptsSid(sid)) return null
    // A WebSocket lives longer than the budget of a request: each step has one of its own.
    const steps = {
      get budget() {
        return { leftMs: LONGEST_WAIT_MS }
      },
    }
    const origin = await this.#readOrigin(sid, steps)
    return origin.status === 'live' ? new Session<T, R>(this.#around(steps), origin) : null
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

  #around(call: Call): Surroundings {
    return { storage: this.#storage, policy: this.#policy, shape: this.#shape, clock: this.#clock, call }
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
    const now = this.#clock.now()
    const found = await findSession(this.#storage, sid, now, call).catch(error =>
      this.#unlessMalformed(error, 'record'),
    )
    if (found === 'malformed') return { status: 'new' }
    if (found === 'retired') {
      this.#reject('retired', handleOf(sid))
      return { status: 'retired', sid }
    }
    if (found === null) {
      this.#reject('unknown', handleOf(sid))
      return { status: 'new' }
    }
    if (found.record.createdAt + this.#policy.absoluteMs <= now) {
      notify(this.#policy.onEvent, { type: 'expired', id: handleOf(sid) })
      return { status: 'new' }
    }
    const origin = await liveOrigin(sid, found, this.#shape).catch(error => this.#unlessMalformed(error, 'schema'))
    return origin === 'malformed' ? { status: 'new' } : origin
  }

  /** What is stored cannot be understood: the policy of the application decides. The bytes stay as they are. */
  #unlessMalformed(error: unknown, reason: 'record' | 'schema'): 'malformed' {
    if (this.#policy.onMalformed === 'fail' || !isSessionError(error, 'ERR_RECORD_MALFORMED')) throw error
    this.#reject(reason)
    return 'malformed'
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

  #setCookie(session: Session<T, R>, end: SessionEnd): string {
    const now = this.#clock.now()
    return this.#cookie.set(session.sessionId(), session.expiresAt! - now, end.absoluteDeadline() - now)
  }

  #reject(reason: Extract<RequestEvent, { type: 'rejected' }>['reason'], id = ''): void {
    notify(this.#policy.onEvent, { type: 'rejected', id, reason })
  }
}

function headPatch(cookie: string, cacheControl = ''): HeadPatch {
  return {
    append: [['Set-Cookie', cookie], ...VARY.append],
    set: /(?:^|[\s,])no-store(?:$|[\s,;])/i.test(cacheControl) ? [] : [['Cache-Control', 'no-store']],
  }
}

const LOOPBACK = /^(?:localhost|[\w-]+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i

/** Browsers take Secure cookies from these over plain http. */
function isLoopback(host: string): boolean {
  return LOOPBACK.test(host)
}
