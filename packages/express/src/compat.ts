/** `@sentinel-session/express/compat`: for applications written for express-session, which change one import. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createSessionManager } from '@sentinel-session/core'
import { Cookie } from './compat/cookie.ts'
import { type SessionOptions, settingsOf } from './compat/options.ts'
import { type CompatRequest, RequestSession, SID_HEADER, type Values } from './compat/request-session.ts'
import { Session } from './compat/session.ts'
import { SessionStoreFacade } from './compat/store.ts'
import { HeldResponse } from './held-response.ts'
import { shedHiddenClass } from './hidden-class.ts'

export type { CookieData, CookieOptions } from './compat/cookie.ts'
export type { SessionOptions } from './compat/options.ts'
export { expressLayout } from './compat/sid-layout.ts'
export { Cookie, Session }

/**
 * `session({ secret, store })` of express-session, on a provider of this library: `req.session` with plain properties, `cookie`, `save`,
 * `regenerate`, `destroy`, `reload` and `touch`. The README lists what differs on purpose. Throws `ERR_CONFIG_OPTION`.
 */
export function session(
  options: SessionOptions,
): (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void {
  const settings = settingsOf(options)
  const manager = createSessionManager<Values>({
    provider: settings.provider,
    header: SID_HEADER,
    timeouts: { idle: settings.idle, absolute: 'none' },
    // express-session stores whatever the answer is.
    failure: { commitOnError: true },
    onEvent: event => store.heard(event),
  })
  const store: SessionStoreFacade = new SessionStoreFacade(manager)
  const begin = async (req: CompatRequest, res: ServerResponse, next: (error?: unknown) => void): Promise<void> => {
    shedHiddenClass(req, res)
    req.sessionStore = store
    const session = await RequestSession.begin(settings, manager, req)
    HeldResponse.hold(res, response => session.commit(response), next)
  }
  return (req: CompatRequest, res, next) => {
    const isElsewhere = !pathOf(req).startsWith(settings.path)
    if (req.session || isElsewhere) next()
    else {
      begin(req, res, next).then(
        () => next(),
        error => {
          store.failed(error)
          next(error)
        },
      )
    }
  }
}

function pathOf({ originalUrl, url = '/' }: CompatRequest): string {
  return (originalUrl ?? url).split('?', 1)[0]!
}

/** What `import session from 'express-session'` and `require('express-session')` give. */
const expressSession: typeof session & { Cookie: typeof Cookie; Session: typeof Session } = Object.assign(session, {
  Cookie,
  Session,
})
// biome-ignore lint/style/noDefaultExport: one import is all that an application changes
export default expressSession
export { expressSession as 'module.exports' }
