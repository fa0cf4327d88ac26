/** Requests and responses of the Fetch standard: what Hono, Bun, Deno, Workers and Next.js have in common. */
import type { HeadPatch } from './head-patch.ts'
import type { RequestFacts } from './options.ts'
import { withVary } from './vary.ts'

/** With `trustProxy` the first value of `X-Forwarded-Proto` says how the visitor came, as in Koa and Express. */
export function requestFactsOf(request: Request, trustProxy: boolean): RequestFacts {
  return {
    get secure() {
      const forwarded = trustProxy ? request.headers.get('x-forwarded-proto') : null
      if (forwarded !== null) return forwarded.split(',', 1)[0]!.trim().toLowerCase() === 'https'
      return request.url.startsWith('https:')
    },
    get host() {
      return request.headers.get('host') ?? new URL(request.url).host
    },
    get url() {
      return request.url
    },
    header: name => request.headers.get(name) || undefined,
  }
}

/** Adds to the headers of the handler and replaces none but Cache-Control. */
export function putOn(headers: Headers, { append, set }: HeadPatch): void {
  for (const [name, value] of append) {
    if (name === 'Vary') headers.set(name, withVary(headers.get(name), value))
    else headers.append(name, value)
  }
  for (const [name, value] of set) headers.set(name, value)
}
