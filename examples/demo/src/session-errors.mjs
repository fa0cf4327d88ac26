/** No primary in time is an answer of its own, 503: neither "logged out" nor a new, empty session. */
import { isSessionError } from '@sentinel-session/core'
import { errorPage } from './views/error-page.mjs'

export function sessionErrors({ deployment, timeline }) {
  return async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      if (!isSessionError(error) || error.status === 500) throw error
      ctx.status = error.status
      ctx.set(error.headers ?? {})
      ctx.type = 'html'
      ctx.body = errorPage({ error, deployment, status: await deployment.status(), timeline })
    }
  }
}
