/** A request made by hand, with the headers that its response would have. */
import type { Exchange } from '../../src/index.ts'

export interface TestExchange extends Exchange {
  /** Each Set-Cookie line. */
  readonly cookies: string[]
  readonly vary: string[]
  /** By lower-case name, without those two. */
  readonly headers: Map<string, string>
}

export interface TestRequest {
  cookie?: string | undefined
  headers?: Record<string, string>
  url?: string
  secure?: boolean
}

export function exchange({ cookie, headers = {}, url = '/', secure = true }: TestRequest = {}): TestExchange {
  const sent = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  if (cookie !== undefined) sent.set('cookie', cookie)
  const cookies: string[] = []
  const vary: string[] = []
  const set = new Map<string, string>()
  return {
    secure,
    host: 'example.com',
    url,
    header: name => sent.get(name),
    apply(patch) {
      for (const [name, value] of patch.append) (name === 'Vary' ? vary : cookies).push(value)
      for (const [name, value] of patch.set) set.set(name.toLowerCase(), value)
    },
    cookies,
    vary,
    headers: set,
  }
}

/** The name and value of the last cookie that the response sets, as a browser would send them back. */
export function cookieOf({ cookies }: TestExchange): string {
  return cookies.at(-1)!.split(';')[0]!
}
