/** What every adapter does alike around its middleware: whose manager it is, and which session belongs to which request. */
import type { AdapterSession, SessionHandle, WithManager } from './adapter.ts'
import { SessionError } from './errors.ts'
import { knownKeys } from './known-keys.ts'
import { createSessionManager, type Manager } from './manager.ts'
import { PerObject } from './per-object.ts'
import type { Reads, SessionStore } from './session-store.ts'

export interface Attachment<T extends object, R extends Partial<T>> {
  /** The name under which handlers find the session. */
  as: string
  manager: Manager<T, R>
  ready(): Promise<void>
  /** What closing the middleware means. */
  close(): Promise<void>
}

/** Reads the options of an adapter's `session()`. A manager that was given is closed by whoever gave it. Throws `ERR_CONFIG_*`. */
export function attach<T extends object, In>(
  options: AdapterSession<T, In> | WithManager<T, Reads<T, In>>,
): Attachment<T, Reads<T, In>> {
  const { as = 'session', manager: given, ...rest } = options
  if (given !== undefined) {
    knownKeys(rest, ['as', 'manager'])
    return { as, manager: given, ready: () => given.ready(), close: async () => {} }
  }
  const manager = createSessionManager<T, In>(rest)
  return { as, manager, ready: () => manager.ready(), close: () => manager.close() }
}

/** The sessions of the requests that run. */
export class RequestSessions<T extends object, R extends Partial<T>> {
  readonly #sessions = new PerObject<object, SessionStore<T, R>>('the session')

  add(request: object, session: SessionStore<T, R>): void {
    this.#sessions.set(request, session)
  }

  /** Throws `ERR_SESSION_ABSENT`. */
  of(request: object): SessionStore<T, R> {
    const session = this.#sessions.get(request)
    if (session === undefined) {
      throw new SessionError('ERR_SESSION_ABSENT', 'The session middleware did not run for this request.')
    }
    return session
  }
}

/** Puts on a middleware what an adapter hands out beside it; `requestOf` finds what a session was added for. */
export function withHandle<Middleware extends object, Carrier, T extends object, R extends Partial<T>>(
  middleware: Middleware,
  attachment: Attachment<T, R>,
  sessions: RequestSessions<T, R>,
  requestOf: (carrier: Carrier) => object,
): Middleware & SessionHandle<Carrier, T, R> {
  const handle: SessionHandle<Carrier, T, R> = {
    of: carrier => sessions.of(requestOf(carrier)),
    get manager() {
      return attachment.manager
    },
    ready: () => attachment.ready(),
    close: () => attachment.close(),
  }
  return Object.defineProperties(middleware, Object.getOwnPropertyDescriptors(handle)) as Middleware & typeof handle
}

/** Throws `ERR_CONFIG_OPTION` for a second session under one name. */
export function requireFree(isTaken: boolean, as: string): void {
  if (!isTaken) return
  const message = `The name "${as}" is taken: give the session another by the option "as".`
  throw new SessionError('ERR_CONFIG_OPTION', message, { field: 'as' })
}
