/** `req.sessionStore`: what applications and libraries ask of express-session's store, over a manager. */
import { EventEmitter } from 'node:events'
import { isSessionError, type Manager, type SessionEvent } from '@sentinel-session/core'
import type { CompatRequest, Values } from './request-session.ts'
import type { Callback } from './session.ts'

const STORED: ReadonlySet<SessionEvent['type']> = new Set(['created', 'committed', 'touched', 'regenerated'])

type Answer<X> = (error: unknown, value?: X) => void

/**
 * It emits `disconnect` when a request could not ask the store, and `connect` when one has written to it again. Nothing follows from it
 * here: while Redis cannot be asked, requests wait, and then fail with `ERR_BACKEND_UNAVAILABLE`; none goes on without its session.
 */
export class SessionStoreFacade extends EventEmitter {
  readonly #manager: Manager<Values, Values>
  #isConnected = true

  constructor(manager: Manager<Values, Values>) {
    super()
    this.#manager = manager
  }

  get(sid: string, callback: Answer<Values | null>): void {
    answer(
      this.#manager.read(sid).then(found => (found === null ? null : { ...found.data })),
      callback,
    )
  }

  /** Of a session that is there: one is made by a request alone. */
  set(sid: string, values: Values, callback: Callback = () => undefined): void {
    answer(this.#change(sid, JSON.parse(JSON.stringify(values))), callback)
  }

  /** Moves its deadline. */
  touch(sid: string, _values: Values, callback: Callback = () => undefined): void {
    answer(
      this.#manager.read(sid).then(found => found?.save()),
      callback,
    )
  }

  destroy(sid: string, callback: Callback = () => undefined): void {
    answer(
      this.#manager.read(sid).then(found => found?.destroy()),
      callback,
    )
  }

  length(callback: Answer<number>): void {
    answer(this.#manager.getActiveSession(), callback)
  }

  regenerate(req: CompatRequest, callback: Callback): void {
    req.session?.regenerate(callback)
  }

  failed(error: unknown): void {
    if (isSessionError(error) && error.status === 503) this.#turn(false)
  }

  /** Of the manager: what it has stored. */
  heard(event: SessionEvent): void {
    if (event.type === 'failed') this.failed(event.error)
    else if (STORED.has(event.type)) this.#turn(true)
  }

  #turn(isConnected: boolean): void {
    if (isConnected === this.#isConnected) return
    this.#isConnected = isConnected
    this.emit(isConnected ? 'connect' : 'disconnect')
  }

  async #change(sid: string, values: Values): Promise<void> {
    const found = await this.#manager.read(sid)
    if (found === null) throw new Error('There is no such session.')
    for (const key of found.keys()) if (!Object.hasOwn(values, key)) found.delete(key)
    for (const [key, value] of Object.entries(values)) found.set(key, value)
    await found.save()
  }
}

function answer<X>(work: Promise<X>, callback: Answer<X>): void {
  work.then(value => callback(null, value), callback)
}
