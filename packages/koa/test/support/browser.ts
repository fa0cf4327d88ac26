/** Just enough browser: it keeps the session cookie. */
export interface Page {
  status: number
  headers: Headers
  text: string
  json(): { data: Record<string, unknown>; isNew: boolean; status: string }
}

export class Browser {
  cookie: string | undefined

  constructor(cookie?: string) {
    this.cookie = cookie
  }

  async get(url: string, headers: Record<string, string> = {}): Promise<Page> {
    const sent = this.cookie === undefined ? headers : { cookie: this.cookie, ...headers }
    const response = await fetch(url, { headers: sent, redirect: 'manual' })
    const text = await response.text()
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      if (/Max-Age=0/.test(line)) this.cookie = undefined
      else this.cookie = pair
    }
    return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) }
  }

  /** The secret. */
  get sid(): string {
    return this.cookie!.slice(this.cookie!.indexOf('=') + 1)
  }
}
