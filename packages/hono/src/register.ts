/** `import '@sentinel-session/hono/register'`: `c.var.session` is typed in every app, without Variables. */
import type { DefaultData, SessionStore } from '@sentinel-session/core'

declare module 'hono' {
  interface ContextVariableMap {
    session: SessionStore<DefaultData>
  }
}
