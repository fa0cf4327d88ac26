/** What an application of koa-session compiles with. */
import Koa from 'koa'
import { describe, expectTypeOf, it } from 'vitest'
import session, { type CompatContext, type CompatSession, createSession } from './compat.ts'

describe('the compat entry', () => {
  it('takes options and app in either order', () => {
    const app = new Koa<Koa.DefaultState, CompatContext>()
    app.use(session({ key: 'sid', maxAge: 'session', rolling: true, sameSite: 'lax' }, app))
    app.use(createSession(app))
    // @ts-expect-error ms, or 'session'
    session({ maxAge: '30m' }, app)
    app.use(ctx => {
      expectTypeOf(ctx.session).toEqualTypeOf<CompatSession | null>()
      ctx.session = { user: 'ada' }
      ctx.session = null
      expectTypeOf(ctx.sessionOptions.key).toEqualTypeOf<string>()
    })
  })
})
