/** What every site of the store contract does, whatever its middleware calls a session. */
import type { Provider } from '@sentinel-session/core'

/** A middleware's session, with one name for each verb. */
export interface Visit {
  values(): Record<string, unknown>
  set(key: string, value: unknown): void
  destroy(): Promise<void>
  /** Null: the middleware cannot do it within a request. */
  regenerate(): Promise<Visit>
}

export interface Site {
  name: string
  /** Cookies of `maxAgeMs`; `rolling`: every response saves. */
  start(provider: Provider, gates: Gates, options?: SiteOptions): Promise<{ origin: string; stop(): unknown }>
  /** A read that fails is an answer with an error. hono-sessions takes it for no session. */
  tellsFailedReads: boolean
}

export interface SiteOptions {
  maxAgeMs?: number
  rolling?: boolean
}

/** Holds requests where a test wants them: behind the read of their session. */
export class Gates {
  readonly #entered = new Map<string, PromiseWithResolvers>()
  readonly #open = new Map<string, PromiseWithResolvers>()

  async pass(name: string): Promise<void> {
    of(this.#entered, name).resolve()
    await of(this.#open, name).promise
  }

  entered(name: string): Promise<void> {
    return of(this.#entered, name).promise
  }

  open(name: string): void {
    of(this.#open, name).resolve()
  }
}

interface PromiseWithResolvers {
  promise: Promise<void>
  resolve(): void
}

function of(map: Map<string, PromiseWithResolvers>, name: string): PromiseWithResolvers {
  const known = map.get(name)
  if (known !== undefined) return known
  let resolve = (): void => {}
  const promise = new Promise<void>(done => {
    resolve = done
  })
  const fresh = { promise, resolve }
  map.set(name, fresh)
  return fresh
}

/** The one handler of all sites. `url` is path and query. */
export async function handle(url: string, session: Visit, gates: Gates): Promise<unknown> {
  const { pathname, searchParams } = new URL(url, 'http://site')
  let visit = session
  const gate = searchParams.get('gate')
  if (gate !== null) await gates.pass(gate)
  for (const [key, value] of searchParams) if (key !== 'gate') visit.set(key, value)
  if (pathname === '/login') {
    visit = await visit.regenerate()
    visit.set('user', 'ada')
  }
  if (pathname === '/logout') {
    await visit.destroy()
    return {}
  }
  return visit.values()
}

/** Just enough browser: it keeps cookies by name. */
export class Browser {
  readonly jar: Map<string, string>
  readonly #origin: string

  constructor(origin: string, jar: Iterable<[string, string]> = []) {
    this.#origin = origin
    this.jar = new Map(jar)
  }

  async get(path: string): Promise<{ status: number; values: unknown }> {
    const cookie = [...this.jar].map(pair => pair.join('=')).join('; ')
    const response = await fetch(this.#origin + path, { headers: { cookie } })
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = line.split(';')[0]!.split(/=(.*)/s)
      if (/Max-Age=0|expires=Thu, 01 Jan 1970/i.test(line)) this.jar.delete(name)
      else this.jar.set(name, value)
    }
    const text = await response.text()
    return { status: response.status, values: response.status === 200 ? JSON.parse(text) : text }
  }

  copy(): Browser {
    return new Browser(this.#origin, this.jar)
  }
}
