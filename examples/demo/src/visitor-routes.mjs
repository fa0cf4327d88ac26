/** What a visitor does. This is the part to compare with an app of your own. */
import { addItem, isItem, removeItem } from './cart.mjs'
import { readForm } from './read-form.mjs'
import { readStored } from './read-stored.mjs'
import { seeOther } from './routes.mjs'
import { sessionPage } from './views/session-page.mjs'

const LONGEST_NAME = 40

export function visitorRoutes({ deployment, timeline }) {
  return {
    async 'GET /'(ctx) {
      const waitedMs = ctx.state.elapsed()
      const { session } = ctx
      session.update('visits', (visits = 0) => visits + 1)
      const notice = session.flash('notice') ?? (ctx.query.left === undefined ? undefined : 'You are logged out.')
      // The page shows what is stored, so it is stored first.
      await session.save()
      const stored = await readStored(session, deployment)
      const { name, visits, cart = {} } = session.data
      const status = await deployment.status()
      ctx.type = 'html'
      ctx.body = sessionPage({ name, visits, cart, notice, stored, waitedMs, deployment, status, timeline })
    },

    async 'POST /login'(ctx) {
      const name = (await readForm(ctx)).get('name')?.trim().slice(0, LONGEST_NAME)
      if (name) {
        // A new sid at every change of privilege: one that was planted or seen before the login opens nothing.
        ctx.session.regenerate({ keep: ['cart'] })
        ctx.session.set('name', name)
        ctx.session.flash('notice', `Welcome, ${name}`)
      } else ctx.session.flash('notice', 'Please enter a name.')
      seeOther(ctx, '/')
    },

    async 'POST /logout'(ctx) {
      await ctx.session.destroy()
      seeOther(ctx, '/?left')
    },

    async 'POST /cart/add'(ctx) {
      const item = (await readForm(ctx)).get('item')
      if (isItem(item)) ctx.session.update('cart', addItem(item))
      seeOther(ctx, '/')
    },

    async 'POST /cart/remove'(ctx) {
      const item = (await readForm(ctx)).get('item')
      if (isItem(item)) ctx.session.update('cart', removeItem(item))
      seeOther(ctx, '/')
    },
  }
}
