/** `req.sessionStore`: what applications and libraries ask of express-session's store, over a manager. */
import { EventEmitter } from 'node:events'
import type { Manager } from '@sentinel-session/core'
import type { CompatRequest, Values } from './request-session.ts'
import type { Callback } from './session.ts'

type Answer<X> = (error: unknown, value?: X) => void

/** It emits nothing by itself: while Redis cannot be asked, requests wait, and then fail with `ERR_BACKEND_UNAVAILABLE`. */
export class SessionStoreFacade extends EventEmitter {
  readonly #manager: Manager<Values, Values>

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
