/** A browser with a jar for one host, and a transcript in which nothing is random. */
export interface Step {
  status: number
  body: string
  /** With sid and dates replaced. */
  cookies: string[]
}

export class Browser {
  readonly origin: string
  readonly jar: Map<string, string> = new Map()
  readonly #sids: string[] = []

  constructor(origin: string) {
    this.origin = origin
  }

  async visit(path: string, headers: Record<string, string> = {}, init: RequestInit = {}): Promise<Step> {
    const cookie = [...this.jar].map(pair => pair.join('=')).join('; ')
    const sent = { ...(cookie === '' ? {} : { cookie }), ...headers }
    const response = await fetch(this.origin + path, { redirect: 'manual', ...init, headers: sent })
    const cookies = response.headers.getSetCookie().map(line => this.#keep(line))
    return { status: response.status, body: await response.text(), cookies }
  }

  /** The same sid is the same letter. */
  #keep(line: string): string {
    const [, name = '', value = '', rest = ''] = /^([^=]*)=([^;]*)(.*)$/.exec(line)!
    this.jar.set(name, value)
    if (!this.#sids.includes(value)) this.#sids.push(value)
    return `${name}=sid${this.#sids.indexOf(value)}${rest.replace(/Expires=[^;]*/, 'Expires=later')}`
  }
}
