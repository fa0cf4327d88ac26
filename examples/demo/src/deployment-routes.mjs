/** The routes without a session: they answer while there is no primary. */
import { seeOther } from './routes.mjs'
import { liveView } from './views/deployment-panel.mjs'

export function deploymentRoutes({ deployment, timeline }) {
  const actions = Object.entries(deployment.actions).map(([name, act]) => [
    `POST /deployment/${name}`,
    async ctx => {
      await act()
      seeOther(ctx, '/')
    },
  ])
  return {
    ...Object.fromEntries(actions),
    'GET /status': async ctx => {
      ctx.set('Cache-Control', 'no-store')
      ctx.type = 'html'
      ctx.body = String(liveView(await deployment.status(), timeline))
    },
  }
}
