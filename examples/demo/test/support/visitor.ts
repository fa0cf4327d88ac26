/** A browser as far as the demo needs one: it keeps the cookie, and follows redirects. */

export interface Page {
  status: number
  text: string
  /** How long it took, in ms. */
  ms: number
}

export interface Visitor {
  get(path?: string): Promise<Page>
  /** A form of the page: the page after the redirect. */
  post(path: string, fields?: Record<string, string>): Promise<Page>
  /** What the cookie holds; null without one. */
  sid(): string | null
}

export function createVisitor(origin: string): Visitor {
  let cookie = ''

  async function request(path: string, init: RequestInit = {}): Promise<Page> {
    const begin = performance.now()
    const headers = { Origin: origin, ...(cookie === '' ? {} : { Cookie: cookie }) }
    const answer = await fetch(new URL(path, origin), { ...init, headers, redirect: 'manual' })
    for (const line of answer.headers.getSetCookie()) cookie = line.includes('Max-Age=0') ? '' : line.split(';')[0]!
    const location = answer.headers.get('Location')
    if (location !== null) return request(location)
    return { status: answer.status, text: await answer.text(), ms: performance.now() - begin }
  }

  return {
    get: (path = '/') => request(path),
    post: (path, fields = {}) => request(path, { method: 'POST', body: new URLSearchParams(fields) }),
    sid: () => cookie.split('=')[1] ?? null,
  }
}

export function visitsOn({ text }: Page): number {
  return Number(/id="visits">(\d+)</.exec(text)?.[1])
}
