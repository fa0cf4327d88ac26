/** The manager: opens the session of a request and, before the response head leaves, commits it. */
import type { OldSession } from './adoption.ts'
import type { Call } from './backend.ts'
import { systemClock } from './clock.ts'
import type { Awaitable } from './codec.ts'
import type { CookieReading } from './cookies/session-cookie.ts'
import { isSessionError, SessionError } from './errors.ts'
import { notify, type RequestEvent } from './events.ts'
import { type Answer, type Exchange, Exchanges, type Opened } from './exchanges.ts'
import { findSession, isOver } from './find-session.ts'
import type { HeadPatch } from './head-patch.ts'
import { knownKeys } from './known-keys.ts'
import { memoryBackend } from './memory-backend.ts'
import { OpenRequest } from './open-request.ts'
import { type ManagerOptions, type Policy, type RequestFacts, resolvePolicy, SESSION_OPTION_NAMES } from './options.ts'
import { liveOrigin, type Origin } from './origin.ts'
import { createProvider, type Provider, storageOf } from './provider.ts'
import { Session } from './session.ts'
import type { DefaultData, Reads, SessionStore } from './session-store.ts'
import { createShape, type Shape } from './shape.ts'
import { handleOf } from './sid.ts'
import type { Storage } from './storage.ts'
import type { Surroundings } from './surroundings.ts'
import { type SidTransport, transportOf } from './transport.ts'
import { destroyAllOf, generationOf, type SessionInfo, sessionsOf, userIndexOf } from './users/user-sessions.ts'

export type { Exchange } from './exchanges.ts'
export type { HeadPatch } from './head-patch.ts'

export interface Manager<T extends object = DefaultData, R extends Partial<T> = Reads<T>> {
  /** Adapters call it at the start of a request. Rejects with `ERR_BACKEND_UNAVAILABLE` or `ERR_RECORD_MALFORMED`. */
  open(request: RequestFacts): Promise<OpenSession<T, R>>
  /**
   * The session of a sid, outside a request (a WebSocket, a job): end with `save()`, which also moves the idle deadline. Null: absent,
   * ended, expired, or a sid that was replaced. Rejects as `open`.
   */
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
  /**
   * Beego's SessionStart: the session of the request, or a new one. Its `sessionRelease()` stores what changed and puts the sid on the
   * response, so it comes before the head leaves. Within an adapter's request it is the adapter's session. Rejects as `open` does.
   */
  sessionStart(exchange: Exchange): Promise<SessionStore<T, R>>
  /** Stores the session under a new sid, with what was set meanwhile, and retires the old one. An empty new session stays unstored. */
  sessionRegenerateId(exchange: Exchange): Promise<SessionStore<T, R>>
  /** Ends the request's session for good, whatever carried its sid, and takes the sid from the visitor. */
  sessionDestroy(exchange: Exchange): Promise<void>
  /** Beego's name of `read`. */
  getSessionStore(sid: string): Promise<SessionStore<T, R> | null>
  /** How many sessions live. `ERR_CONFIG_CAPABILITY` where the backend cannot count. */
  getActiveSession(): Promise<number>
  getProvider(): Provider
  /** For later requests, as if it had stood in the options. A cookie that has no name of its own changes it. `ERR_CONFIG_COOKIE`. */
  setSecure(secure: boolean): void
  /** Runs the provider's `sessionGC` once; only `newManager` with a `gclifetime` does so by itself. */
  gc(): Promise<void>
  /** Connected, or rejects with the `ERR_BACKEND_*` that says why not. */
  ready(): Promise<void>
  /** Lets running commits end; closes only what the manager made. */
  close(): Promise<void>
}

export interface OpenSession<T extends object = DefaultData, R extends Partial<T> = Reads<T>> {
  session: SessionStore<T, R>
  /**
   * Once, before the head leaves; at once where nothing has to be stored. What it returns belongs on the response, also when the handler
   * failed. `cacheControl` is read only when a cookie is to be set or cleared, so it may be a getter.
   */
  commit(response: Answer): Awaitable<HeadPatch>
}

/** The longest that a request may wait for the store; a backend may say less (DESIGN 6.4). */
const LONGEST_WAIT_MS = 15_000

/** Throws `ERR_CONFIG_*` for options that are unknown or cannot work. */
export function createSessionManager<T extends object = DefaultData, In = unknown>(
  options: ManagerOptions<T, In> = {},
): Manager<T, Reads<T, In>> {
  knownKeys(options, [...SESSION_OPTION_NAMES, 'provider', 'clock'])
  const clock = options.clock ?? systemClock
  const provider = options.provider ?? createProvider(memoryBackend({ clock }))
  return new SessionManager<T, Reads<T, In>>({
    provider,
    close: async () => (options.provider === undefined ? provider.close() : undefined),
    policy: resolvePolicy(options),
    shape: createShape(options.schema, options.migrate),
    transport: secure => transportOf(options, secure),
    clock,
  })
}

export interface ManagerParts {
  provider: Provider
  /** What closing the manager means. */
  close(): Promise<void>
  policy: Policy
  shape: Shape
  /** Undefined: as configured. */
  transport(secure?: boolean): SidTransport
  clock: Surroundings['clock']
}

export class SessionManager<T extends object, R extends Partial<T> = Reads<T>> implements Manager<T, R> {
  readonly #parts: ManagerParts
  readonly #storage: Storage
  readonly #policy: Policy
  readonly #shape: Shape
  #transport: SidTransport
  readonly #clock: Surroundings['clock']
  readonly #exchanges = new Exchanges<T, R>(request => this.#open(request))

  constructor(parts: ManagerParts) {
    this.#parts = parts
    this.#storage = storageOf(parts.provider)
    this.#policy = parts.policy
    this.#shape = parts.shape
    if (parts.policy.users.max !== undefined) userIndexOf(parts.provider.backend)
    if (this.#storage.isShared) requireNoAge(parts.policy)
    this.#transport = parts.transport()
    this.#clock = parts.clock
  }

  async open(request: RequestFacts): Promise<OpenSession<T, R>> {
    const opened = await this.#open(request, true)
    this.#exchanges.adopt(request, opened.session)
    return opened
  }

  async #open(request: RequestFacts, byAdapter = false): Promise<Opened<T, R>> {
    const call = { budget: { leftMs: LONGEST_WAIT_MS } }
    const { adopt, idleMs } = this.#policy
    const old = adopt?.(request, { provider: this.#parts.provider, clock: this.#clock, idleMs, call })
    const transport = this.#transport
    let cookie = transport.read(request)
    const asked = this.#origin(cookie, call, request)
    let origin = asked instanceof Promise ? await asked : asked
    if (old !== undefined && origin.status === 'new') {
      try {
        const sid = await old.take()
        if (sid !== null) {
          cookie = { sid, outdated: true }
          origin = await this.#readOrigin(sid, call)
        }
      } catch (error) {
        origin = this.#withoutStore(error, request)
      }
    }
    const session = new Session<T, R>(this.#around(call, old), origin)
    return new OpenRequest(session, {
      request,
      transport,
      cookie,
      policy: this.#policy,
      clock: this.#clock,
      old,
      byAdapter,
    })
  }

  sessionStart(exchange: Exchange): Promise<SessionStore<T, R>> {
    return this.#exchanges.start(exchange)
  }

  sessionRegenerateId(exchange: Exchange): Promise<SessionStore<T, R>> {
    return this.#exchanges.regenerate(exchange)
  }

  sessionDestroy(exchange: Exchange): Promise<void> {
    return this.#exchanges.destroy(exchange)
  }

  getSessionStore(sid: string): Promise<SessionStore<T, R> | null> {
    return this.read(sid)
  }

  getActiveSession(): Promise<number> {
    return this.#parts.provider.sessionAll()
  }

  setSecure(secure: boolean): void {
    this.#transport = this.#parts.transport(secure)
  }

  gc(): Promise<void> {
    return this.#parts.provider.sessionGC()
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
    return this.#parts.provider
  }

  ready(): Promise<void> {
    return this.#parts.provider.ready()
  }

  close(): Promise<void> {
    return this.#parts.close()
  }

  #around(call: Call, old?: OldSession): Surroundings {
    return { storage: this.#storage, policy: this.#policy, shape: this.#shape, clock: this.#clock, call, old }
  }

  #origin(cookie: CookieReading, call: Call, request: RequestFacts): Awaitable<Origin> {
    if ('reason' in cookie) {
      if (cookie.reason !== 'none') this.#reject(cookie.reason)
      return { status: 'new' }
    }
    const { sid } = cookie
    if (!this.#storage.layout.acceptsSid(sid)) {
      this.#reject('malformed')
      return { status: 'new' }
    }
    if (!this.#policy.lazy) return this.#readOrigin(sid, call, request)
    return { status: 'unread', sid, read: () => this.#readOrigin(sid, call, request) }
  }

  /** Without a request it rejects where the store could not be asked. */
  async #readOrigin(sid: string, call: Call, request?: RequestFacts): Promise<Origin> {
    let step: 'record' | 'schema' = 'record'
    try {
      const now = this.#clock.now()
      const found = await findSession(this.#storage, sid, now, call)
      if (found === 'retired') {
        this.#reject('retired', handleOf(sid))
        return { status: 'retired', sid }
      }
      if (found === null) {
        this.#reject('unknown', handleOf(sid))
        return { status: 'new' }
      }
      if (isOver(found.record, this.#policy, now)) {
        notify(this.#policy.onEvent, { type: 'expired', id: handleOf(sid) })
        return { status: 'new' }
      }
      step = 'schema'
      const origin = liveOrigin(sid, found, this.#shape)
      return origin instanceof Promise ? await origin : origin
    } catch (error) {
      if (isSessionError(error, 'ERR_RECORD_MALFORMED')) return this.#withoutMeaning(error, step)
      return this.#withoutStore(error, request)
    }
  }

  /** What is stored cannot be understood: the policy of the application decides. The bytes stay as they are. */
  #withoutMeaning(error: SessionError, reason: 'record' | 'schema'): Origin {
    if (this.#policy.onMalformed === 'fail') throw error
    this.#reject(reason)
    return { status: 'new' }
  }

  /** The store could not be asked: the policy of the application decides, never a new session. */
  #withoutStore(error: unknown, request: RequestFacts | undefined): Origin {
    const { onUnavailable } = this.#policy
    if (request === undefined || !isSessionError(error) || error.status !== 503) throw error
    const choice = typeof onUnavailable === 'function' ? onUnavailable(request) : onUnavailable
    if (choice !== 'anonymous') throw error
    return { status: 'degraded' }
  }

  #reject(reason: Extract<RequestEvent, { type: 'rejected' }>['reason'], id = ''): void {
    notify(this.#policy.onEvent, { type: 'rejected', id, reason })
  }
}

function requireNoAge({ absoluteMs, renewAfterMs }: Policy): void {
  if (Math.min(absoluteMs, renewAfterMs) === Number.POSITIVE_INFINITY) return
  const message = "timeouts.absolute must be 'none': shared records have no age."
  throw new SessionError('ERR_CONFIG_OPTION', message, { field: 'timeouts.absolute' })
}
