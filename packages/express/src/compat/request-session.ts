/** The session of one request: what express-session's middleware decides, carried out by a manager. */
import type { IncomingMessage } from 'node:http'
import { type HeadPatch, type Manager, type OpenSession, SessionError } from '@sentinel-session/core'
import type { Settings } from './options.ts'
import { cookieOf, fingerprintOf, Session, type SessionWork, valuesOf } from './session.ts'
import { withSid } from './sid-layout.ts'

// biome-ignore lint/suspicious/noExplicitAny: what an application puts there
export type Values = Record<string, any>

export interface CompatRequest extends IncomingMessage {
  session?: Session | null
  sessionID?: string
  sessionStore?: unknown
  originalUrl?: string
}

/** The manager gets the sid by a header that no request can carry: the cookie is read and written here. */
export const SID_HEADER = 'x-sid-of-compat'

const NOTHING: HeadPatch = { append: [], set: [] }

export class RequestSession implements SessionWork {
  readonly #settings: Settings
  readonly #manager: Manager<Values, Values>
  readonly #req: CompatRequest
  readonly #cookieId: string | undefined
  #open!: OpenSession<Values, Values>
  #originalId: string | undefined
  #original = ''
  #saved: string | undefined
  /** By `destroy()`. */
  #isEnded = false

  private constructor(settings: Settings, manager: Manager<Values, Values>, req: CompatRequest) {
    this.#settings = settings
    this.#manager = manager
    this.#req = req
    this.#cookieId = settings.signer.read(req.headers.cookie, settings.name)
  }

  /** Puts `session` and `sessionID` on the request. Rejects as `manager.open` does. */
  static async begin(
    settings: Settings,
    manager: Manager<Values, Values>,
    req: CompatRequest,
  ): Promise<RequestSession> {
    const session = new RequestSession(settings, manager, req)
    if (!(await session.#find(session.#cookieId))) await session.#begin()
    session.#originalId = req.sessionID
    session.#original = fingerprintOf(req.session!)
    return session
  }

  async commit(response: { status: number }): Promise<HeadPatch> {
    const { session, sessionID = '' } = this.#req
    if (!session) {
      if (!this.#isEnded && this.#settings.unsetDestroys) await this.#open.session.destroy()
      return NOTHING
    }
    session.touch()
    const cookie = this.#isCookieDue(session) ? session.cookie : undefined
    if (this.#isSaveDue(session)) this.#put(session)
    else if (this.#saved !== undefined) this.#takeBack(session)
    await this.#open.commit(response)
    if (cookie === undefined || (cookie.secure && !this.#settings.isSecure(this.#req))) return NOTHING
    const line = cookie.serialize(this.#settings.name, this.#settings.signer.sign(sessionID))
    return { append: [['Set-Cookie', line]], set: [] }
  }

  async save(): Promise<void> {
    const session = this.#req.session!
    this.#put(session)
    this.#saved = fingerprintOf(session)
    await this.#open.session.save()
  }

  async reload(): Promise<void> {
    if (!(await this.#find(this.#req.sessionID))) throw new Error('failed to load session')
  }

  async destroy(): Promise<void> {
    this.#isEnded = true
    delete this.#req.session
    await this.#open.session.destroy()
  }

  async regenerate(): Promise<void> {
    await this.#open.session.destroy()
    await this.#begin()
  }

  async #find(sid: string | undefined): Promise<boolean> {
    if (sid === undefined) return false
    const open = await this.#openBy(sid)
    if (open.session.isNew || open.session.status !== 'live') return false
    const { cookie, ...values } = open.session.data
    this.#adopt(open, sid, values, { cookie })
    return true
  }

  async #begin(): Promise<void> {
    const open = await this.#openBy(undefined)
    const wanted = this.#settings.newSid?.(this.#req)
    const sid = withSid(wanted, () => open.session.sessionId())
    if (wanted !== undefined && wanted !== sid) {
      throw new SessionError('ERR_CONFIG_OPTION', 'genid needs a store with the layout expressLayout.', {
        field: 'genid',
      })
    }
    this.#adopt(open, sid, {}, {})
  }

  #adopt(open: OpenSession<Values, Values>, sid: string, values: Values, stored: Values): void {
    const { newCookie, isSecure } = this.#settings
    this.#open = open
    this.#req.sessionID = sid
    const cookie = cookieOf(stored, () => newCookie(isSecure(this.#req)))
    // Its own copies: what the draft has is written by #put alone.
    this.#req.session = new Session(sid, this, structuredClone(values), cookie)
  }

  #openBy(sid: string | undefined): Promise<OpenSession<Values, Values>> {
    const { headers, url = '' } = this.#req
    return this.#manager.open({
      secure: this.#settings.isSecure(this.#req),
      host: headers.host ?? '',
      url: this.#req.originalUrl ?? url,
      header: name => (name === SID_HEADER ? sid : undefined),
    })
  }

  /** A `save()` may have failed, and the handler has undone what it was to store. */
  #takeBack(session: Session): void {
    if (this.#open.session.isNew) this.#open.session.flush()
    else this.#put(session)
  }

  #put(session: Session): void {
    const values = valuesOf(session)
    const draft = this.#open.session
    for (const key of draft.keys()) if (!Object.hasOwn(values, key)) draft.delete(key)
    for (const [key, value] of Object.entries(values)) draft.set(key, value)
  }

  #isModified(session: Session): boolean {
    return this.#originalId !== session.id || this.#original !== fingerprintOf(session)
  }

  #isSaveDue(session: Session): boolean {
    if (this.#saved !== undefined && this.#originalId === session.id && this.#saved === fingerprintOf(session))
      return false
    const isNew = this.#cookieId !== session.id
    return this.#isModified(session) || (isNew && this.#settings.saveUninitialized)
  }

  #isCookieDue(session: Session): boolean {
    const { saveUninitialized, rolling } = this.#settings
    if (this.#cookieId !== session.id) return saveUninitialized || this.#isModified(session)
    return rolling || (session.cookie.expires !== null && this.#isModified(session))
  }
}
