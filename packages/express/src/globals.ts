/** What Express's own types say of a request once this package is imported. */
import type { DefaultData, SessionStore } from '@sentinel-session/core'

declare global {
  namespace Express {
    interface Request {
      /** The session of this request; its values are those of `SessionData`, if anything is merged into that. */
      readonly session: SessionStore<DefaultData>
    }
  }
}
