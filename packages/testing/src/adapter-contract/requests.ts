/** What a browser would do, by hand: fetch keeps no cookies and is told not to follow. */
import type { SessionStore } from '@sentinel-session/core'
import type { Reply, Route, Visit } from './subject.ts'

export function visitor(origin: string): Visit {
  const visit = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(new URL(path, origin), { redirect: 'manual', ...init })
  return Object.assign(visit, { origin })
}

export const withCookie = (cookie: string): RequestInit => ({ headers: { cookie } })

/** The pairs that a response sets, without those that it clears. */
export function cookiesOf(response: Response): string[] {
  const lines = response.headers.getSetCookie().filter(line => !/;\s*Max-Age=0/i.test(line))
  return lines.map(line => line.split(';', 1)[0]!)
}

/** The first of them. */
export function cookieOf(response: Response): string {
  const [pair] = cookiesOf(response)
  if (pair === undefined) throw new Error(`A cookie was due: ${response.status} ${response.url}`)
  return pair
}

type Run = Route['run']

export const get = (path: string, run: Run): Route => ({ method: 'GET', path, run })
export const post = (path: string, run: Run): Route => ({ method: 'POST', path, run })

export const count = (session: SessionStore, reply: Reply): void => {
  session.update('n', n => (n ?? 0) + 1)
  reply.send(String(session.get('n')))
}

export const show = (session: SessionStore, reply: Reply): void => reply.send(JSON.stringify({ ...session.data }))

/** A promise and who settles it. */
export function gate(): { opened: Promise<void>; open(): void } {
  let open = (): void => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { opened, open }
}
