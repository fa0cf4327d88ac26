/** A Koa application as it would be written beside a Beego fleet. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Manager } from '@sentinel-session/core'
import { session } from '@sentinel-session/koa'
import Koa from 'koa'

type Session = Koa.DefaultContext['session']
export type Routes = Record<string, (session: Session) => unknown>

export interface Answer {
  status: number
  cookies: string[]
  body: string
}

export interface Site {
  get(path: string, cookie?: string): Promise<Answer>
  stop(): void
}

/** Answers with what the route returns, or with the values and whether the session is new. */
export async function startSite(manager: Manager, routes: Routes): Promise<Site> {
  const app = new Koa()
  app.silent = true
  app.use(session({ manager }))
  app.use(async ctx => {
    const answer = await routes[ctx.path]?.(ctx.session)
    const { status, isNew } = ctx.session
    const values = status === 'destroyed' ? {} : { ...ctx.session.data }
    ctx.body = answer ?? { isNew, values: JSON.parse(JSON.stringify(values, bigintAsText)) }
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    async get(path, cookie) {
      const headers: Record<string, string> = cookie === undefined ? {} : { cookie }
      const response = await fetch(`http://localhost:${port}${path}`, { headers })
      return { status: response.status, cookies: response.headers.getSetCookie(), body: await response.text() }
    },
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function bigintAsText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
