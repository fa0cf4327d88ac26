/** A deployment, and an app whose way to the primary is counted. */
import { createSessionManager, type Provider } from '@sentinel-session/core'
import { cookieOf, gate, get, visitor, withCookie } from '../adapter-contract/requests.ts'
import type { Route } from '../adapter-contract/subject.ts'
import { cookieFor } from '../cookie-for.ts'
import { startMeter } from '../sentinel/meter.ts'
import { startSentinel } from '../sentinel/start-sentinel.ts'
import { VALUES } from './budgets.ts'
import type { CostSubject, Stage } from './subject.ts'

/** No failover belongs to what is counted, however slow the machine is. */
const DOWN_AFTER_MS = 60_000

const MINUTE_MS = 60_000
/** An app's default, and what is so much less that it is moved at once. */
const IDLE = { fresh: 30 * MINUTE_MS, old: 20 * MINUTE_MS }

/** Ends what it has started, also when it does not come to its end. */
export async function setStage(subject: CostSubject): Promise<Stage & { strike(): Promise<void> }> {
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

async function build(subject: CostSubject, onEnd: (end: () => Promise<unknown>) => void): Promise<Stage> {
  const trio = await startSentinel({ downAfterMs: DOWN_AFTER_MS })
  onEnd(() => trio.stop())
  const primary = await trio.currentPrimary()
  const meter = await startMeter(primary)
  onEnd(() => meter.stop())
  const connect = async (natMap?: Parameters<CostSubject['provider']>[0]['natMap']): Promise<Provider> => {
    const provider = subject.provider({ savePath: trio.savePath, ...(natMap && { natMap }) })
    onEnd(() => provider.close())
    await provider.ready()
    return provider
  }
  const elsewhere = await connect()
  const provider = await connect({ [`${primary.host}:${primary.port}`]: { host: meter.host, port: meter.port } })
  const held = new Held()
  const app = await subject.start({ options: { provider }, routes: routesOf(held) })
  onEnd(() => app.stop())
  const visit = visitor(app.origin)
  // EVAL once: from then on the primary knows the script.
  await visit('/change')
  return {
    visit,
    meter,
    visitor: async () => cookieOf(await visit('/change')),
    stranger({ isOld }) {
      const idle = isOld ? IDLE.old : IDLE.fresh
      const manager = createSessionManager<{ text: string }>({ provider: elsewhere, timeouts: { idle: idle / 1000 } })
      return cookieFor(manager, { text: text() })
    },
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
    if (this.#left <= 0) this.#gate.open()
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

export const asVisitor = (cookie: string | undefined): RequestInit => (cookie === undefined ? {} : withCookie(cookie))
