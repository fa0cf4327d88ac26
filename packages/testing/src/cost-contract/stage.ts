/** A deployment, and an app whose way to the primary is counted. */
import { createSessionManager, type Duration, type Provider } from '@sentinel-session/core'
import { cookieOf, gate, get, visitor, withCookie } from '../adapter-contract/requests.ts'
import type { Route } from '../adapter-contract/subject.ts'
import { same } from '../check.ts'
import { cookieFor } from '../cookie-for.ts'
import { startMeter } from '../sentinel/meter.ts'
import { startSentinel } from '../sentinel/start-sentinel.ts'
import { VALUES } from './budgets.ts'
import type { CostSubject, Stage } from './subject.ts'

/** No failover belongs to what is counted, however slow the machine is. */
const DOWN_AFTER_MS = 60_000

/** What an app gives by default, and so much less that the next request moves it. */
const IDLE = '30m'
const IDLE_OF_LONG_AGO = '20m'

/** Ends what it has started, also when it does not come to its end. */
export async function setStage(subject: CostSubject): Promise<Stage> {
  const ends: (() => Promise<unknown>)[] = []
  const strike = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end()
  }
  try {
    return { ...(await build(subject, end => ends.push(end))), strike }
  } catch (error) {
    await strike()
    throw error
  }
}

async function build(
  subject: CostSubject,
  onEnd: (end: () => Promise<unknown>) => void,
): Promise<Omit<Stage, 'strike'>> {
  const trio = await startSentinel({ downAfterMs: DOWN_AFTER_MS })
  onEnd(() => trio.stop())
  const primary = await trio.currentPrimary()
  const meter = await startMeter(primary)
  onEnd(() => meter.stop())
  const connect = async (options: Parameters<CostSubject['provider']>[0]): Promise<Provider> => {
    const provider = subject.provider(options)
    onEnd(() => provider.close())
    await provider.ready()
    return provider
  }
  const { savePath } = trio
  const elsewhere = await connect({ savePath })
  const natMap = { [`${primary.host}:${primary.port}`]: { host: meter.host, port: meter.port } }
  const provider = await connect({ savePath, natMap })

  const held = new Held()
  const app = await subject.start({ options: { provider }, routes: routesOf(held) })
  onEnd(() => app.stop())
  const request = visitor(app.origin)
  const visitorsCookie = async (): Promise<string> => cookieOf(await request('/change'))
  const strangersCookie = (idle: Duration): Promise<string> =>
    cookieFor(createSessionManager({ provider: elsewhere, timeouts: { idle } }), { text: text() })
  // EVAL once: from then on the primary knows the script.
  await visitorsCookie()

  return {
    meter,
    async visit(path, cookie) {
      const response = await request(path, cookie === undefined ? {} : withCookie(cookie))
      await response.text()
      same(response.status, 200, 'the status')
    },
    async cookieOf(caller) {
      if (caller === 'visitor') return visitorsCookie()
      if (caller === 'stranger') return strangersCookie(IDLE)
      return caller === 'forger' ? '__Host-sid=short' : undefined
    },
    cookieOfLongAgo: () => strangersCookie(IDLE_OF_LONG_AGO),
    hold: requests => held.begin(requests),
  }
}

/** Requests that wait for each other. */
class Held {
  #left = 0
  #gate = gate()

  begin(requests: number): void {
    this.#left = requests
    this.#gate = gate()
  }

  pass(): Promise<void> {
    this.#left -= 1
    if (this.#left === 0) this.#gate.open()
    return this.#gate.opened
  }
}

let texts = 0

/** Another one each time, as long as the others. */
function text(): string {
  texts += 1
  return String(texts).padStart(VALUES - JSON.stringify({ text: '' }).length, '.')
}

function routesOf(held: Held): Route[] {
  return [
    get('/', (_, reply) => reply.send('no look')),
    get('/look', (session, reply) => reply.send(String(session.get('text')?.length))),
    get('/same', (session, reply) => {
      session.set('text', session.get('text'))
      reply.send('set')
    }),
    get('/change', (session, reply) => {
      session.set('text', text())
      reply.send('changed')
    }),
    get('/change-together', async (session, reply) => {
      session.set('text', text())
      await held.pass()
      reply.send('changed')
    }),
    get('/login', (session, reply) => {
      session.regenerate()
      reply.send('hello')
    }),
    get('/logout', async (session, reply) => {
      await session.destroy()
      reply.send('bye')
    }),
  ]
}
