/** With `./register`, contexts need no type parameter. */
import Koa from 'koa'
import { describe, expectTypeOf, it } from 'vitest'
import './register.ts'
import type { DefaultData, SessionStore } from '@sentinel-session/core'
import { session } from './session.ts'

describe('register', () => {
  it('types ctx.session of every application', () => {
    const app = new Koa()
    app.use(session())
    app.use(ctx => {
      expectTypeOf(ctx.session).toEqualTypeOf<SessionStore<DefaultData>>()
      // @ts-expect-error there is no such verb
      ctx.session.save1()
      // @ts-expect-error ending can fail, which an assignment cannot say
      ctx.session = null
    })
  })
})
