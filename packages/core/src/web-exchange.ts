/** Requests and responses of the Fetch standard: what Hono, Bun, Deno, Workers and Next.js have in common. */
import type { Answer } from './exchanges.ts'
import type { HeadPatch } from './head-patch.ts'
import type { RequestFacts } from './options.ts'
import { withVary } from './vary.ts'

/** With `trustProxy` the first value of `X-Forwarded-Proto` says how the visitor came, as in Koa and Express. */
export class WebRequestFacts implements RequestFacts {
  readonly #request: Request
  readonly #trustProxy: boolean

  constructor(request: Request, trustProxy: boolean) {
    this.#request = request
    this.#trustProxy = trustProxy
  }

  get secure(): boolean {
    const forwarded = this.#trustProxy ? this.#request.headers.get('x-forwarded-proto') : null
    if (forwarded !== null) return forwarded.split(',', 1)[0]!.trim().toLowerCase() === 'https'
    return this.url.startsWith('https:')
  }

  get host(): string {
    return this.header('host') ?? new URL(this.url).host
  }

  get url(): string {
    return this.#request.url
  }

  header(name: string): string | undefined {
    return this.#request.headers.get(name) || undefined
  }
}

/**
 * The response with the headers of a commit: the same one, or a copy where its headers do not change, as those of `fetch()` and
 * `Response.redirect()`. Adds to the headers of the handler and replaces none but Cache-Control.
 */
export function patched(response: Response, patch: HeadPatch): Response {
  if (patch.append.length + patch.set.length === 0) return response
  try {
    putOn(response.headers, patch)
    return response
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    const copy = new Response(response.body, response)
    putOn(copy.headers, patch)
    return copy
  }
}

export function putOn(headers: Headers, { append, set }: HeadPatch): void {
  for (const [name, value] of append) {
    if (name === 'Vary') headers.set(name, withVary(headers.get(name), value))
    else headers.append(name, value)
  }
  for (const [name, value] of set) headers.set(name, value)
}

/** What a commit wants to know of a response. Some servers make no Headers before somebody looks at them. */
export class WebAnswer implements Answer {
  readonly #response: Response

  constructor(response: Response) {
    this.#response = response
  }

  get status(): number {
    return this.#response.status
  }

  get cacheControl(): string | undefined {
    return this.#response.headers.get('cache-control') ?? undefined
  }
}
