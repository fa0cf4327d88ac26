/** One application for express-session and for what takes its place. */
import express, { type Request, type RequestHandler, type Response } from 'express'
import { serve } from '../support/serve.ts'

// biome-ignore lint/suspicious/noExplicitAny: an application of express-session, without its types
type Any = any
type Route = (session: Any, res: Response, req: Any) => unknown

/** `maxAge` counts down between two runs. */
const shown = ({ cookie, ...values }: Any): unknown => ({
  ...values,
  cookie: { ...cookie.data, expires: cookie.expires && 'later' },
})

const routes: Record<string, Route> = {
  '/nothing': (_session, res) => res.send('nothing'),
  '/read': (session, res) => res.json(shown(session)),
  '/count': (session, res) => {
    session.views = (session.views ?? 0) + 1
    res.json(shown(session))
  },
  '/values': (session, res) => {
    class Point {
      x = 1
      toString(): string {
        return 'a point'
      }
    }
    Object.assign(session, { date: new Date(0), none: undefined, work: () => 1, point: new Point(), list: [undefined] })
    res.json(Object.keys(session))
  },
  '/in-place': (session, res) => {
    session.cart ??= { items: [] }
    session.cart.items.push('tea')
    res.json(shown(session))
  },
  '/delete': (session, res) => {
    delete session.views
    res.send('deleted')
  },
  '/ids': (session, res, req) =>
    res.json([req.sessionID === session.id, Object.keys(session).includes('id'), typeof req.sessionStore.get]),
  '/regenerate': (session, res, req) => {
    const before = req.sessionID
    session.regenerate((error: unknown) => {
      req.session.fresh = true
      res.json([error ?? null, before === req.sessionID, req.session === session, shown(req.session)])
    })
  },
  '/destroy': (session, res, req) => {
    session.destroy((error: unknown) => res.json([error ?? null, req.session === undefined]))
  },
  '/unset': (_session, res, req) => {
    req.session = null
    res.send('unset')
  },
  '/reload': (session, res, req) => {
    session.views = 'not kept'
    session.reload((error: unknown) => res.json([error ?? null, req.session === session, shown(req.session)]))
  },
  '/reload-new': (session, res) => {
    session.reload((error: Error) => res.json(error.message))
  },
  '/save': (session, res) => {
    session.saved = true
    session.save((error: unknown) => res.json([error ?? null, shown(session)]))
  },
  '/save-then-change': (session, res) => {
    session.saved = 1
    session.save(() => {
      session.saved = 2
      res.json(shown(session))
    })
  },
  '/max-age': (session, res) => {
    session.cookie.maxAge = 60_000
    session.remembered = true
    res.json(shown(session))
  },
  '/browser': (session, res) => {
    session.cookie.expires = null
    session.remembered = false
    res.json(shown(session))
  },
  '/touch': (session, res) => res.json(session.touch() === session),
  '/500': (session, res) => {
    session.views = 500
    res.status(500).send('an error of its own')
  },
  '/redirect': (session, res) => {
    session.flash = 'hello'
    res.redirect('/read')
  },
  '/stored': (session, res, req) => {
    req.sessionStore.get(session.id, (error: unknown, stored: Any) => res.json([error ?? null, stored?.views ?? null]))
  },
}

export async function sameApp(middleware: RequestHandler): Promise<{ origin: string; stop(): Promise<void> }> {
  const app = express()
  app.set('env', 'test')
  app.use(middleware)
  for (const [path, route] of Object.entries(routes)) {
    app.get([path, `/app${path}`], (req: Request, res: Response) => {
      const session = (req as Any).session
      if (session === undefined) res.send('no session')
      else route(session, res, req)
    })
  }
  return serve(app as unknown as Parameters<typeof serve>[0])
}
