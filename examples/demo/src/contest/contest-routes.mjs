/** Both stores behind the same request, and the figures for the page. They stand before what the visitor's requests pass through. */
import { readForm } from '../read-form.mjs'
import { seeOther } from '../routes.mjs'
import { streamFigures } from './stream-figures.mjs'

export function contestRoutes({ contest, sessions }) {
  return {
    'POST /contest/ours': answering(ctx =>
      sessions(ctx, () => {
        ctx.session.update('count', (count = 0) => count + 1)
        ctx.body = String(ctx.session.get('count'))
      }),
    ),
    'POST /contest/ordinary': answering(ctx =>
      contest.ordinary.middleware(ctx, () => {
        ctx.session.count = (ctx.session.count ?? 0) + 1
        ctx.body = String(ctx.session.count)
      }),
    ),
    async 'POST /contest/load'(ctx) {
      contest.load.isOn = (await readForm(ctx)).get('on') === 'true'
      seeOther(ctx, '/')
    },
    'GET /contest/live': ctx => streamFigures(ctx, contest),
  }
}

/** A failure is a status for the account, without a page and without a line in the console. */
function answering(handle) {
  return async ctx => {
    try {
      await handle(ctx)
    } catch (error) {
      ctx.status = error.status ?? 500
      ctx.body = error.code ?? error.name
    }
  }
}
