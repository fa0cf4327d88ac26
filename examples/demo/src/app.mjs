/** The order of things. What stands before the sessions goes on working while they wait for a primary. */
import Koa from 'koa'
import { assets } from './assets.mjs'
import { contestRoutes } from './contest/contest-routes.mjs'
import { deploymentRoutes } from './deployment-routes.mjs'
import { guard } from './guard.mjs'
import { routes } from './routes.mjs'
import { sessionErrors } from './session-errors.mjs'
import { stopwatch } from './stopwatch.mjs'
import { visitorRoutes } from './visitor-routes.mjs'

export function createApp({ deployment, sessions, timeline }) {
  const app = new Koa()
  app.use(guard)
  app.use(assets)
  app.use(routes(deploymentRoutes({ deployment, timeline })))
  if (deployment.contest) app.use(routes(contestRoutes({ contest: deployment.contest, sessions })))
  app.use(sessionErrors({ deployment, timeline }))
  app.use(stopwatch(timeline))
  app.use(sessions)
  app.use(routes(visitorRoutes({ deployment, timeline })))
  return app
}
