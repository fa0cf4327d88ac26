/** `import '@sentinel-session/koa/register'`: `ctx.session` has its type in every Koa application of the program. */
import type { DefaultData, SessionStore } from '@sentinel-session/core'
import type {} from 'koa'

declare module 'koa' {
  interface DefaultContext {
    /** The session of the middleware; absent where that does not run. */
    readonly session: SessionStore<DefaultData>
  }
}
