/** A network that loses, repeats and delays, before several gateways of which any may get the next request. From a seed. */
import type { Gateway } from '@sentinel-session/gateway'

export interface BadNetwork {
  fetch: typeof fetch
  /** What went wrong, by its kind. */
  readonly faults: Readonly<Record<string, number>>
  /** Resolves when all that is late has arrived. */
  settled(): Promise<void>
}

export function badNetwork(gateways: readonly Gateway[], seed: number): BadNetwork {
  const random = randomFrom(seed)
  const faults: Record<string, number> = {}
  const late: Promise<unknown>[] = []

  /** One that gets a request over TLS, as a server would show it. */
  const deliver = (url: string, init: RequestInit): Promise<Response> => {
    const gateway = gateways[Math.floor(random() * gateways.length)]!
    return gateway(new Request(url, init))
  }
  const later = (ms: number, url: string, init: RequestInit): void => {
    late.push(new Promise(resolve => setTimeout(resolve, ms)).then(() => deliver(url, init)))
  }

  const KINDS: [string, (url: string, init: RequestInit) => Promise<Response>][] = [
    ['lost on its way', () => Promise.reject(new TypeError('fetch failed'))],
    ['answer lost', (...sent) => deliver(...sent).then(() => Promise.reject(new TypeError('terminated')))],
    [
      'answer cut',
      (...sent) =>
        deliver(...sent).then(async answer => new Response((await answer.arrayBuffer()).slice(0, -1), answer)),
    ],
    [
      'arrives late, and the client has given up',
      (...sent) => {
        later(150 * random(), ...sent)
        return Promise.reject(new TypeError('fetch failed'))
      },
    ],
    [
      'arrives twice',
      async (...sent) => {
        later(200 * random(), ...sent)
        return deliver(...sent)
      },
    ],
    [
      'a proxy answers after it',
      (...sent) => deliver(...sent).then(() => new Response('<h1>404</h1>', { status: 404 })),
    ],
    ['a proxy answers instead', async () => new Response('<h1>502</h1>', { status: 502 })],
    ['a proxy answers with nothing', async () => new Response(null, { status: 204 })],
  ]

  return {
    faults,
    fetch: async (url, init = {}) => {
      if (random() < 0.6) return deliver(String(url), init)
      const [kind, happen] = KINDS[Math.floor(random() * KINDS.length)]!
      faults[kind] = (faults[kind] ?? 0) + 1
      return happen(String(url), init)
    },
    settled: async () => void (await Promise.all(late)),
  }
}

/** Mulberry32: the same numbers from the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
